-- Who set which accounts may act on behalf of others on a computer
-- (resource-based constrained delegation).
SELECT EventTime, Computer, SubjectAccount AS "By", SubjectLogonId, EventData
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID = 5136
   AND EventData LIKE '%>msDS-AllowedToActOnBehalfOfOtherIdentity<%'
   AND OperationType = '%%14674'
 ORDER BY EventTime;
