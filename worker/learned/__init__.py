"""What a space's own decisions teach its write head: corrections of scores, and where to propose
from (``correction``); how they are fitted (``fitting``) and measured (``measures``)."""
