"""How gunicorn serves the web application; every number can be set by the environment."""

import gc
import os
from typing import Any

from gunicorn.glogging import Logger


class QuietLogger(Logger):  # type: ignore[misc]
    """Gunicorn's log without what visitors send: of a request that it refuses or fails at, it quotes address and line."""

    def warning(self, msg: Any, *args: Any, **options: Any) -> None:
        """As gunicorn's."""
        super().warning(
            "Invalid request" if str(msg).startswith("Invalid request") else msg, *args, **options
        )

    def exception(self, msg: Any, *args: Any, **options: Any) -> None:
        """As gunicorn's, less the address asked for."""
        asked = str(msg).startswith("Error handling request")
        super().exception("Error handling request" if asked else msg, *(() if asked else args), **options)


logger_class = QuietLogger
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "webapp.worker.Worker"
# One more than make pages: residents' words are taken in by a process of their own (webapp/worker.py).
workers = int(os.environ.get("WEB_CONCURRENCY", "2")) + 1
# There a chat message waits for Rasa in a thread, at most CHAT_CONCURRENCY do, and deliveries of WeChat in twice as many.
threads = int(os.environ.get("WEB_THREADS", "24"))
timeout = 60
graceful_timeout = 10
keepalive = 5
# A slow memory leak in any library ends here; the jitter keeps the workers from restarting together.
max_requests = 20_000
max_requests_jitter = 2_000
# The application logs every request itself, without addresses or query strings.
accesslog = None
# Import once and fork: half the start-up time, and the language models' memory is shared.
preload_app = True
# Its default path in the user's home would be shared by every gunicorn of that user.
control_socket_disable = True


def when_ready(server: Any) -> None:
    """Before forking: load what a first report would wait for, and what takes memory that can be shared.

    What was loaded once (the language models above all) is no garbage. Looking through it took a tenth of a second now
    and then, and un-shared its memory."""
    from webapp.services import language

    language.warm_up(server.app.wsgi())
    gc.collect()
    gc.freeze()
