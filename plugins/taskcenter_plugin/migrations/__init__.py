"""The task center's tables, step by step."""
