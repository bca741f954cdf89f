"""The files that clients may see (facts section 11): logs, results and scripts, each user's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from taskcenter_sandbox.gateway.envelope import PUBLIC_SERVICE, LinkisError

LOGS, RESULTS, SCRIPTS = "log", "result", "scripts"

TEXTS = {
    80004: "The path:{0} is empty(路径:{0} 为空)!",
    80010: "The user: {0} has no permission to view the contents of the directory:{1}(该用户:{0}无权限查看该目录:{1}的内容).",
    80012: "This user has no permission to read this file(该用户无权读取该文件)!",
    80015: "Unsupported resultset output type(不支持的结果集输出类型)",
    80018: "This user has no permission to read this log(该用户无权限读取此日志)!",
    80024: "Non-tabular result sets cannot be downloaded as excel(非table类型的结果集不能下载为excel)",
    80029: "Empty dir(空目录)!",
    80032: (
        "The file size exceeds 30M and page viewing is currently not supported. Please download to view or view in a "
        "shared directory(文件大小超过30M，暂不支持页面查看。请下载查看或在共享目录中查看)"
    ),
    80033: (
        "The log file exceeds 30MB and is too large and cannot be opened, path : {0} "
        "(日志文件超过30M，文件太大暂不支持打开查看，文件地址：{0})"
    ),
    80034: (
        "The result set exceeds {0} rows and page viewing is currently not supported. Please download to view or view "
        "in the shared directory(结果集行数超过{0}行，暂不支持页面查看。请下载查看或在共享目录中查看)"
    ),
    80036: (
        "Parameter error, page size is incorrect, please pass in a number within [1-500] "
        "(分页参数错误，页码从1开始，页大小需在[1-500]范围内，获取的列索引需在实际结果集列数范围内)"
    ),
    54001: "Unsupported open file type(不支持打开的文件类型)",
}
"""WorkspaceExceptionManager's texts, and one of the storage."""


def refusal(code: int, *values: object) -> LinkisError:
    """An error of the file services."""
    return LinkisError(
        code,
        TEXTS[code].format(*(f"{value:,}" if isinstance(value, int) else value for value in values)),
        PUBLIC_SERVICE,
    )


class Storage:
    """Resolves the paths that clients send (``file:///...``).

    :param directory: the data directory; ``scripts/<user>`` in it is for a user's scripts.
    :param scripts: further directories that everybody may read.
    :param administrator: may see everybody's files.
    """

    def __init__(self, directory: Path, scripts: Sequence[Path], administrator: str) -> None:
        self._owned = [(directory / name).resolve() for name in (LOGS, RESULTS, SCRIPTS)]
        self._shared = [each.resolve() for each in scripts]
        self._administrator = administrator

    def make(self, user: str) -> None:
        """Make the directories."""
        for each in self._owned:
            each.mkdir(parents=True, exist_ok=True)
        (self._owned[-1] / user).mkdir(exist_ok=True)

    def resolve(self, given: str, user: str) -> Path:
        """The local path of one that a client names.

        :raises LinkisError: 80004 it is empty, 80010 it is not for this user.
        """
        if not given.strip():
            raise refusal(80004, given)
        try:
            path = Path(given.removeprefix("file://").removeprefix("file:")).resolve()
        except (OSError, ValueError):
            raise refusal(80012) from None
        if not self._may_see(path, user):
            raise refusal(80010, user, given)
        return path

    def _may_see(self, path: Path, user: str) -> bool:
        for root in self._owned:
            if path.is_relative_to(root):
                return user == self._administrator or user in path.relative_to(root).parts
        return any(path.is_relative_to(root) for root in self._shared)
