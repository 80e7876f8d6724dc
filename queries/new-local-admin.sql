-- Who was made a member of the local Administrators, by whom.
WITH events AS (
  SELECT * FROM SecurityEvent
   WHERE Channel = 'Security' COLLATE NOCASE
     AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
     AND EventID IN (4720, 4732))
SELECT added.EventTime, added.Computer, added.SubjectAccount AS "By",
       added.MemberSid, added.MemberName,
       made.TargetAccount AS NewAccount, made.EventTime AS Created
  FROM events AS added
  LEFT JOIN events AS made
    ON made.EventID = 4720 AND made.Computer = added.Computer
   AND made.TargetSid = added.MemberSid
 WHERE added.EventID = 4732 AND added.TargetSid = 'S-1-5-32-544'
 ORDER BY added.EventTime;
