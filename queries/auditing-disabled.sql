-- Who switched the auditing of something off.
SELECT EventTime, Computer, SubjectAccount AS "By", SubcategoryGuid,
       SubcategoryId, AuditPolicyChanges
  FROM SecurityEvent
 WHERE Channel = 'Security' COLLATE NOCASE
   AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
   AND EventID = 4719
   AND (AuditPolicyChanges LIKE '%%%8448%'
     OR AuditPolicyChanges LIKE '%%%8450%')
   AND ifnull(SubjectUserSid, '') <> 'S-1-5-18'
 ORDER BY EventTime;
