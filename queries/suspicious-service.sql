-- Who installed a service that runs a shell, or a program from where
-- everybody can write.
SELECT EventTime, Computer, SubjectAccount AS "By", ServiceName,
       ServiceFileName, ServiceAccount
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID = 4697
   AND (ServiceFileName LIKE '%cmd.exe%'
     OR ServiceFileName LIKE '%%comspec%%'
     OR ServiceFileName LIKE '%powershell%'
     OR ServiceFileName LIKE '%rundll32%'
     OR ServiceFileName LIKE '%mshta%'
     OR ServiceFileName LIKE '%\temp\%'
     OR ServiceFileName LIKE '%\users\%'
     OR ServiceFileName LIKE '%\programdata\%'
     OR ServiceFileName LIKE '%\admin$\%')
 ORDER BY EventTime;
