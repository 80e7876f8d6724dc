-- Whose account was set to need no Kerberos pre-authentication.
SELECT EventTime, Computer, SubjectAccount AS "By", TargetAccount,
       UserAccountControl
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID = 4738
   AND UserAccountControl LIKE '%%%2096%'
 ORDER BY EventTime;
