-- Who created a user with a name like that of a computer.
SELECT EventTime, Computer, SubjectAccount AS "By", TargetAccount, TargetSid
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID = 4720
   AND TargetUserName LIKE '%$'
 ORDER BY EventTime;
