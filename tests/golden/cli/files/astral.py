s = "🐻é"
last