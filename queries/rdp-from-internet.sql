-- Which remote desktop sessions came from an address of the Internet.
SELECT EventTime, Computer, Account, IpAddress, WorkstationName, TargetLogonId
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID = 4624
   AND LogonType = 10
   AND IpAddress NOT IN ('', '-')
   AND IpAddress NOT LIKE '10.%'
   AND IpAddress NOT LIKE '127.%'
   AND IpAddress NOT LIKE '192.168.%'
   AND IpAddress NOT LIKE '169.254.%'
   AND IpAddress NOT LIKE '::1%'
   AND IpAddress NOT LIKE 'fe80:%'
   AND IpAddress NOT LIKE 'fc%'
   AND IpAddress NOT LIKE 'fd%'
   AND substr(IpAddress, 1, 7) NOT IN (
       '172.16.', '172.17.', '172.18.', '172.19.', '172.20.', '172.21.',
       '172.22.', '172.23.', '172.24.', '172.25.', '172.26.', '172.27.',
       '172.28.', '172.29.', '172.30.', '172.31.')
 ORDER BY EventTime;
