"""How events come about: hooks that are called, services that are polled, schedules that fall due."""
