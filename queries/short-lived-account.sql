-- Which account was deleted within a day of its creation.
WITH events AS (
  SELECT * FROM SecurityEvent
   WHERE Channel = 'Security' COLLATE NOCASE
     AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
     AND EventID IN (4720, 4726))
SELECT made.EventTime, made.Computer, made.SubjectAccount AS "By",
       made.TargetAccount, made.TargetSid,
       gone.EventTime AS Deleted, gone.SubjectAccount AS DeletedBy
  FROM events AS made
  JOIN events AS gone
    ON gone.EventID = 4726 AND gone.Computer = made.Computer
   AND gone.TargetSid = made.TargetSid
   AND gone.EventTime >= made.EventTime
   AND julianday(gone.EventTime) - julianday(made.EventTime) <= 24.0 / 24
 WHERE made.EventID = 4720
 ORDER BY made.EventTime;
