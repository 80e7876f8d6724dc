-- Which commands deleted backups or shadow copies.
SELECT EventTime, Computer, Account, NewProcessName, CommandLine,
       ParentProcessName
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID = 4688
   AND (CommandLine LIKE '%delete shadows%'
     OR CommandLine LIKE '%shadowcopy delete%'
     OR CommandLine LIKE '%delete catalog%'
     OR CommandLine LIKE '%delete backup%'
     OR CommandLine LIKE '%delete systemstatebackup%'
     OR CommandLine LIKE '%resize shadowstorage%')
 ORDER BY EventTime;
