-- Which program opened or read the memory of lsass.exe.
SELECT EventTime, Computer, SubjectAccount AS "By", ProcessName, AccessMask,
       AccessList
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID IN (4656, 4663)
   AND ObjectName LIKE '%\lsass.exe'
   AND ObjectType = 'Process' COLLATE NOCASE
   AND ifnull(ProcessName, '') NOT LIKE 'C:\Windows\System32\wbem\%'
   AND ifnull(ProcessName, '') NOT LIKE 'C:\ProgramData\Microsoft\Windows Defender\%'
 ORDER BY EventTime;
