-- Who set the password of the restore mode of a domain controller.
SELECT EventTime, Computer, SubjectAccount AS "By", Workstation,
       SubjectLogonId
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID = 4794
   AND Status = '0x0' COLLATE NOCASE
 ORDER BY EventTime;
