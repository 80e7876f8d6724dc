-- Who was made a member of a group that rules the domain.
SELECT EventTime, Computer, SubjectAccount AS "By",
       TargetUserName AS "GroupName", MemberName, MemberSid
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID IN (4728, 4732, 4756)
   AND (TargetSid LIKE '%-512'
     OR TargetSid LIKE '%-518'
     OR TargetSid LIKE '%-519'
     OR TargetSid LIKE '%-520'
     OR TargetSid LIKE '%-548'
     OR TargetSid LIKE '%-549'
     OR TargetSid LIKE '%-550'
     OR TargetSid LIKE '%-551')
 ORDER BY EventTime;
