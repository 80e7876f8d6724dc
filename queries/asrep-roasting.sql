-- Who got a ticket without having to know the password (no Kerberos
-- pre-authentication).
SELECT EventTime, Computer, TargetAccount, IpAddress, ServiceName
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID = 4768
   AND EventData LIKE '%<Data Name="PreAuthType">0</Data>%'
   AND Status = '0x0' COLLATE NOCASE
   AND ServiceName LIKE 'krbtgt%'
   AND ifnull(TargetUserName, '') NOT LIKE '%$'
 ORDER BY EventTime;
