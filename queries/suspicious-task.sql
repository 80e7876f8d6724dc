-- Who registered or changed a scheduled task that runs a shell, or a program
-- from where everybody can write.
SELECT EventTime, Computer, SubjectAccount AS "By", SubjectLogonId, EventData
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID IN (4698, 4702)
   AND (EventData LIKE '%cmd.exe%'
     OR EventData LIKE '%powershell%'
     OR EventData LIKE '%rundll32%'
     OR EventData LIKE '%mshta%'
     OR EventData LIKE '%regsvr32%'
     OR EventData LIKE '%\temp\%'
     OR EventData LIKE '%\users\public\%'
     OR EventData LIKE '%\programdata\%')
 ORDER BY EventTime;
