-- Which remote desktop sessions came from the computer itself, as they do
-- through a tunnel.
SELECT EventTime, Computer, Account, IpAddress, WorkstationName, TargetLogonId
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID = 4624
   AND LogonType = 10
   AND IpAddress IN ('127.0.0.1', '::1')
 ORDER BY EventTime;
