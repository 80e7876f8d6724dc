-- Who cleared the audit log.
SELECT EventTime, Computer, Account, SubjectLogonId, Activity
  FROM SecurityEvent
 WHERE EventID = 1102
 ORDER BY EventTime;
