"""The words of the product, in plain English. `short` is shown in place, `long` on the glossary page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    key: str
    name: str
    short: str
    long: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    intro: str
    terms: tuple[Term, ...]


CHAPTERS = (
    Chapter(
        "The building blocks",
        "What you put together when you automate something.",
        (
            Term(
                "workflow",
                "Workflow",
                "A chain of steps that starts by itself when something happens.",
                "For example: when a new contact appears in GoHighLevel, add them to a list in Mailercloud and "
                "send a welcome e-mail. A workflow is either on or off.",
            ),
            Term(
                "trigger",
                "Trigger",
                "What starts a workflow, such as “a contact was created”.",
                "Every workflow has exactly one trigger. It brings data with it (the contact's name, e-mail and "
                "so on), which every later step can use.",
            ),
            Term(
                "step",
                "Step",
                "One thing a workflow does. Steps happen from top to bottom.",
                "A step can do something in another app, look something up, wait, stop unless a condition is met, "
                "or split the workflow into branches.",
            ),
            Term(
                "action",
                "Action",
                "A step that changes something in another app, such as adding a tag.",
                "Stepline tells actions that are safe to repeat from those that are not. It never silently does "
                "one of the second kind twice.",
            ),
            Term(
                "search",
                "Search",
                "A step that looks something up in another app and hands on what it found.",
                "You decide what happens when nothing is found: carry on, stop, or fail.",
            ),
            Term(
                "filter",
                "Filter",
                "A step that lets a run go on only when your rules are met.",
                "A run that a filter stops is shown as Filtered. Nothing went wrong: it was not meant to go on.",
            ),
            Term(
                "paths",
                "Paths",
                "A step that splits the workflow into branches, each with its own rules.",
                "The first branch whose rules are met is taken. A last branch without rules takes everyone else.",
            ),
            Term(
                "delay",
                "Delay",
                "A step that waits, for two days or until a certain date.",
                "Waiting survives restarts of the server and slows nothing else down.",
            ),
            Term(
                "loop",
                "Loop",
                "A step that does the steps inside it once for every item of a list.",
                "The history shows every item on its own, with what went in and what came out.",
            ),
            Term(
                "folder",
                "Folder",
                "A place for workflows that belong together, such as all those of one client.",
                "A workflow is in one folder or in none. It may have any number of tags besides, and an owner who "
                "looks after it.",
            ),
            Term(
                "recipe",
                "Recipe",
                "A ready-made workflow that you import and connect to your own accounts.",
                "A recipe is a file. It never holds passwords; you choose your connections when you import it.",
            ),
        ),
    ),
    Chapter(
        "Data",
        "What travels from step to step.",
        (
            Term(
                "contact",
                "Contact",
                "A person in your marketing tool: name, e-mail, phone, tags and more.",
                "GoHighLevel and Mailercloud each keep their own contacts. Workflows keep the two in step.",
            ),
            Term(
                "field",
                "Field",
                "One piece of data with a name, such as “E-mail” or “First name”.",
                "Steps have fields you fill in, with fixed text, with data from earlier steps, or with both.",
            ),
            Term(
                "mapping",
                "Mapping",
                "Saying which data from an earlier step goes into which field.",
                "A mapping is written between double braces: {{ trigger.email }} means the e-mail that the trigger "
                "brought. If that is missing, the run stops and says so, unless you give a default.",
            ),
            Term(
                "setting",
                "Setting",
                "A value you choose once for a workflow, such as which list to use.",
                "Recipes ask for their settings when you import them. Every step can use them.",
            ),
            Term(
                "payload",
                "Payload",
                "The data that came with an event, exactly as the other app sent it.",
            ),
        ),
    ),
    Chapter(
        "Other apps",
        "How Stepline talks to the tools you use.",
        (
            Term(
                "connector",
                "Connector",
                "An app that Stepline can talk to, with everything it can do there.",
            ),
            Term(
                "operation",
                "Operation",
                "One thing Stepline can do in an app: a trigger, an action or a search.",
            ),
            Term(
                "connection",
                "Connection",
                "Your account in an app, with the key that lets Stepline in.",
                "Keys are encrypted before they are stored and never shown again. You can have several "
                "connections to one app, for instance one for each client.",
            ),
            Term(
                "endpoint",
                "Endpoint",
                "An address on another server that does one thing when it is called.",
                "Creating a contact is one endpoint, finding contacts is another. You need not know them: operations "
                "call the right endpoint for you, and every run shows the exact call that was made.",
            ),
            Term(
                "webhook",
                "Webhook",
                "A message an app sends to Stepline the moment something happens there.",
                "The app needs an address to send it to. That address is a hook, and it is secret: whoever knows it "
                "can start your workflow.",
            ),
            Term(
                "hook",
                "Hook",
                "The secret address on this server to which an app sends its webhooks.",
            ),
            Term(
                "polling",
                "Polling",
                "Asking an app every so often whether something is new.",
                "Used where an app sends no webhooks. What was there before you switched the workflow on starts "
                "nothing.",
            ),
            Term(
                "rate-limit",
                "Rate limit",
                "How many requests an app accepts in a given time.",
                "When the limit is reached, runs wait and go on by themselves.",
            ),
        ),
    ),
    Chapter(
        "What happened",
        "How you follow what your workflows did.",
        (
            Term(
                "event",
                "Event",
                "One thing that happened and reached Stepline, with its data.",
                "Every event is stored before Stepline says “thank you” to the sender, so none gets lost. An event "
                "that no workflow waited for is kept too, with the reason.",
            ),
            Term(
                "run",
                "Run",
                "One workflow going through its steps once, for one event.",
                "The run's page shows each step: what went in, what came out, and what to do if it failed.",
            ),
            Term(
                "held",
                "Held",
                "A run that needs you to decide before it can go on.",
                "It happens when a login stopped working, or when nobody can know whether an action took place "
                "(the connection broke in the middle). Nothing is lost while it waits.",
            ),
            Term(
                "replay",
                "Run again",
                "Doing a run once more, as a new run that remembers which one it repeats.",
                "From the start, or from the step where it stopped, keeping what the steps before it did. With the "
                "version it had or the newest, and with the same data or with data you have mended.",
            ),
            Term(
                "uncertain",
                "Uncertain",
                "A step that may or may not have happened, because its answer never arrived.",
                "Look in the other app. If it is there, choose “It was done”; if not, choose “Try again”.",
            ),
            Term(
                "retry",
                "Retry",
                "Trying a step again after a passing fault, such as an overloaded server.",
                "Waits grow from try to try, and an app that says how long to wait is obeyed.",
            ),
            Term(
                "version",
                "Version",
                "A published state of a workflow. It never changes again.",
                "You edit a draft. Publishing makes a new version, and runs that have started keep the version they "
                "started with.",
            ),
            Term(
                "draft",
                "Draft",
                "The workflow as you are editing it, not live yet.",
            ),
            Term(
                "dry-run",
                "Dry run",
                "A test that looks things up for real but changes nothing.",
                "Each action shows the exact request it would have sent.",
            ),
        ),
    ),
)

TERMS = {term.key: term for chapter in CHAPTERS for term in chapter.terms}
