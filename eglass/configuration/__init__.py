from eglass.configuration.command import BeforeAll, command
