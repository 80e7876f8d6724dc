-- Who cleared the audit log. Other providers have an event 1102, too.
SELECT EventTime, Computer, Account, SubjectLogonId, Activity
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Eventlog' COLLATE NOCASE
   AND EventID = 1102
 ORDER BY EventTime;
