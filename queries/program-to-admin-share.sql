-- Which programs were written to an administrative share.
SELECT EventTime, Computer, SubjectAccount AS "By", IpAddress, ShareName,
       RelativeTargetName
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID = 5145
   AND (ShareName LIKE '%\ADMIN$'
     OR ShareName LIKE '%\C$')
   AND (RelativeTargetName LIKE '%.exe'
     OR RelativeTargetName LIKE '%.dll'
     OR RelativeTargetName LIKE '%.bat'
     OR RelativeTargetName LIKE '%.ps1')
   AND AccessList LIKE '%%%4417%'
 ORDER BY EventTime;
