-- Which account that is not a computer used the rights of replication, with
-- which the secrets of the domain are read.
SELECT EventTime, Computer, SubjectAccount AS "By", SubjectLogonId,
       ObjectName, Properties
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID = 4662
   AND (Properties LIKE '%1131f6aa-9c07-11d1-f79f-00c04fc2dcd2%'
     OR Properties LIKE '%1131f6ad-9c07-11d1-f79f-00c04fc2dcd2%'
     OR Properties LIKE '%89e95b76-444d-4c62-991a-0facbeda640c%')
   AND AccessMask = '0x100' COLLATE NOCASE
   AND ifnull(SubjectUserName, '') NOT LIKE '%$'
 ORDER BY EventTime;
