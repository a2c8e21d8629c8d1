"""The approval boards of all workspaces of one API process; what a board does is its own business."""

from loadlib.target.platform_web.approval_board import ApprovalBoard
from loadlib.target.platform_web.bounded import BoundedMap


class Boards:
    """The boards of all workspaces, made on first use; only the most recently used ``CAPACITY`` are kept."""

    CAPACITY = 500

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._boards: BoundedMap[str, ApprovalBoard] = BoundedMap(self.CAPACITY)

    def of(self, workspace: str) -> ApprovalBoard:
        """Return the board of a workspace."""
        return self._boards.get_or_create(workspace, lambda: ApprovalBoard(workspace, self._seed))

    def depth(self) -> dict[str, int]:
        """Return the number of approvals by status over all workspaces."""
        total: dict[str, int] = {}
        for board in self._boards.values():
            for status, count in board.depth().items():
                total[status] = total.get(status, 0) + count
        return total
