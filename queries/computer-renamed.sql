-- Which computer account was given a name without the dollar sign.
WITH events AS (
  SELECT *, substr(EventData, instr(EventData, 'OldTargetUserName">')
           + length('OldTargetUserName">')) AS FromOld,
         substr(EventData, instr(EventData, 'NewTargetUserName">')
           + length('NewTargetUserName">')) AS FromNew
    FROM SecurityEvent
   WHERE Channel = 'Security' COLLATE NOCASE
     AND EventSourceName = 'Microsoft-Windows-Security-Auditing' COLLATE NOCASE
     AND EventID = 4781),
renamed AS (
  SELECT *, substr(FromOld, 1, instr(FromOld, '</Data>') - 1) AS OldName,
         substr(FromNew, 1, instr(FromNew, '</Data>') - 1) AS NewName
    FROM events)
SELECT EventTime, Computer, SubjectAccount AS "By", TargetSid, OldName, NewName
  FROM renamed
 WHERE OldName LIKE '%$' AND ifnull(NewName, '') NOT LIKE '%$'
 ORDER BY EventTime;
