"""AgentOS as the reference platform plays it: discovery, rpc, team runs, AG-UI, approval, knowledge, metrics."""
