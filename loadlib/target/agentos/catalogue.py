"""Who lives in AgentOS: agents, teams, their skills and tools, as static data.

Bodies built from it are the work of ``discovery``, ``status`` and ``rpc``.
"""

from dataclasses import dataclass
from typing import Any, Final

PROTOCOL_VERSION: Final = "0.3.0"
WIDGET_TYPES: Final = (
    "ProjectStatus",
    "TaskList",
    "Metrics",
    "Alert",
    "KanbanBoard",
    "GanttChart",
    "BurndownChart",
    "TeamActivity",
)
DASHBOARD_TOOLS: Final = (
    "render_dashboard_widget",
    "get_dashboard_capabilities",
    "route_to_agent",
    "get_project_status",
    "get_health_summary",
    "get_recent_activity",
    "gather_dashboard_data",
    "create_single_layout",
    "create_split_layout",
    "create_wizard_layout",
    "create_grid_layout",
    "select_layout_for_task",
)


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent of the discovery list; ``segment`` is its path segment below ``/a2a``."""

    id: str
    segment: str
    description: str
    skills: tuple[str, ...]
    output_modes: tuple[str, ...] = ("text",)
    push: bool = False


AGENTS: Final = {
    agent.id: agent
    for agent in (
        Agent(
            "dashboard_gateway",
            "dashboard",
            "Dashboard gateway that renders widgets and routes requests to specialist agents",
            ("render_dashboard_widget", "get_dashboard_capabilities"),
            ("text", "tool_calls"),
        ),
        Agent(
            "navi",
            "navi",
            "Project navigation and task management agent",
            ("get_project_context", "create_task", "update_task_status"),
            ("text", "tool_calls"),
        ),
        Agent(
            "pulse",
            "pulse",
            "Project health monitoring agent",
            ("get_project_health", "check_deadlines"),
        ),
        Agent(
            "herald",
            "herald",
            "Notification and status reporting agent",
            ("send_notification", "generate_status_update"),
            push=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class PmAgent:
    """A project-management agent as its status page shows it."""

    id: str
    name: str
    role: str
    tools: tuple[str, ...]


PM_AGENTS: Final = {
    agent.id: agent
    for agent in (
        PmAgent(
            "navi",
            "Navi",
            "Project navigation",
            (
                "get_project_context",
                "get_phase_overview",
                "list_tasks",
                "create_task",
                "update_task_status",
                "assign_task",
                "search_knowledge",
            ),
        ),
        PmAgent(
            "pulse",
            "Vitals",
            "Project health",
            ("get_project_health", "check_deadlines", "detect_risks", "calculate_velocity", "team_capacity"),
        ),
        PmAgent(
            "herald",
            "Herald",
            "Reporting",
            ("send_notification", "generate_status_update", "schedule_report", "list_recipients"),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Team:
    """A team of agents; ``prefix`` starts its session ids."""

    id: str
    leader: str
    members: tuple[str, ...]
    prefix: str
    description: str


TEAMS: Final = {
    team.id: team
    for team in (
        Team(
            "validation",
            "Vera",
            ("Marco", "Cipher", "Persona", "Risk"),
            "val",
            "Validates business ideas: market, competitors, customers and risks",
        ),
        Team(
            "planning",
            "Blake",
            ("Model", "Finn", "Revenue", "Forecast"),
            "plan",
            "Plans business models, finances and forecasts",
        ),
        Team(
            "branding",
            "Bella",
            ("Sage", "Vox", "Iris", "Artisan", "Audit"),
            "brand",
            "Develops brand strategy, voice and visual identity",
        ),
    )
}


class ToolEntry:
    """A tool as the status page shows it: the repr of an object, memory address and all."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        """Return a text of some thousand characters that differs from process to process."""
        words = self._name.replace("_", " ")
        arguments = ("workspace_id", "project_id", "query", "filters", "limit")
        properties = {name: {"type": "string", "description": f"{name} of {words}"} for name in arguments}
        return (
            f"Function(name='{self._name}', description='Ask the platform to {words} for this project.', "
            f"parameters={{'type': 'object', 'properties': {properties!r}, 'required': ['project_id']}}, "
            "strict=None, instructions=None, add_instructions=True, "
            f"entrypoint=<function {self._name} at {id(self):#x}>, sanitize_arguments=True, "
            "show_result=False, stop_after_tool_call=False, pre_hook=None, post_hook=None, tool_hooks=None, "
            "requires_confirmation=False, requires_user_input=False, user_input_fields=None, "
            "user_input_schema=None, external_execution=False, cache_results=False, cache_dir=None, "
            "cache_ttl=3600, skip_entrypoint_processing=False)"
        )


def skill(name: str, agent: str) -> dict[str, Any]:
    """Return a skill of a discovery card."""
    words = name.replace("_", " ")
    return {
        "id": name,
        "name": words.title(),
        "description": f"{words.capitalize()} through {agent}",
        "tags": [agent, name.split("_", maxsplit=1)[0]],
        "parameters": None,
        "examples": None,
    }
