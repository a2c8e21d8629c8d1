"""AgentOS of the reference platform: discovery, rpc, team runs, AG-UI, approval, knowledge, metrics."""
