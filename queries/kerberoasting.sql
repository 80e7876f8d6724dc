-- Who got service tickets that are encrypted with RC4 (0x17) for accounts
-- that are not computers.
SELECT EventTime, Computer, TargetAccount AS "By", ServiceName, IpAddress
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID = 4769
   AND EventData LIKE '%<Data Name="TicketEncryptionType">0x17</Data>%'
   AND Status = '0x0' COLLATE NOCASE
   AND ifnull(ServiceName, '') NOT LIKE '%$'
   AND ifnull(ServiceName, '') <> 'krbtgt'
   AND ifnull(TargetUserName, '') NOT LIKE '%$@%'
 ORDER BY EventTime;
