-- Run {{ run_id }} of {{ dag.dag_id }}. Airflow fills in the double braces, Linkis what has a dollar sign.
WITH sales AS (
    SELECT * FROM VALUES
        ('Shenzhen', 120.50), ('Shanghai', 80.00), ('Shenzhen', 64.25), ('Beijing', 12.00)
        AS sales (city, amount)
)
SELECT '${day}' AS day, city, sum(amount) AS revenue
FROM sales
GROUP BY city
HAVING sum(amount) >= ${minimum}
ORDER BY revenue DESC;
