-- {{ params.sensors }} sensors, a reading every hour, made up.
DROP TABLE IF EXISTS readings_${day};
CREATE TABLE readings_${day} AS
SELECT sensor, hour, 18 + (sensor * 7 + hour * 3) % 10 AS celsius
FROM (SELECT explode(sequence(1, {{ params.sensors }})) AS sensor) AS sensors
CROSS JOIN (SELECT explode(sequence(0, 23)) AS hour) AS hours;
