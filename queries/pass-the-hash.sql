-- Who got a session with other credentials by the service that runas
-- /netonly and pass-the-hash use.
SELECT EventTime, Computer, Account, TargetOutboundUserName,
       TargetOutboundDomainName, ProcessName
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID = 4624
   AND LogonType = 9
   AND LogonProcessName LIKE 'seclogo%'
   AND AuthenticationPackageName = 'Negotiate' COLLATE NOCASE
 ORDER BY EventTime;
