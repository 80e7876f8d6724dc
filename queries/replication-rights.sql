-- Who changed the rights of the domain so that they contain those of
-- replication.
SELECT EventTime, Computer, SubjectAccount AS "By", SubjectLogonId, EventData
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID = 5136
   AND EventData LIKE '%>domainDNS<%'
   AND EventData LIKE '%>nTSecurityDescriptor<%'
   AND EventData LIKE '%1131f6ad-9c07-11d1-f79f-00c04fc2dcd2%'
   AND OperationType = '%%14674'
 ORDER BY EventTime;
