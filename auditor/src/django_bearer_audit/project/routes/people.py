"""Tables whose rows are about people: what nobody but those people and the staff should read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django_bearer_audit.project.effects.acts import Act, Effect
from django_bearer_audit.project.effects.value import OF_CALLER, Kind
from django_bearer_audit.project.flow.words import has_word
from django_bearer_audit.project.walking import walk

_PEOPLE = re.compile(
    r"(Custom)?User|UserProfile|Profile|Account|Customer|Client|Employee|Patient|Student|Member|Order|Payment|Invoice"
    r"|Transaction|Booking|Reservation|Message|Address"
    r"|Prescription|Appointment|Attendee|MedicalRecord|Wallet|CreditCard"
)
_DEALS = re.compile(
    r"Order|Payment|Invoice|Transaction|Booking|Reservation|Prescription|Appointment|Patient|MedicalRecord|Wallet"
    r"|CreditCard|Address|Ticket"
)
"""Of these a single row is nobody else's business either; a profile may well be a public page."""


_PRIVATE = re.compile(
    r"(Custom)?User|Students?|Staff|Employees?|Customers?|Patients?|Payments?|Reservations?|Orders?|Bookings?|Invoices?"
    r"|Transactions?|Appointments?|Prescriptions?|MedicalRecords?|Salar(y|ies)|LogEntry"
)
"""Of these the whole table is no page for visitors."""


def is_private(name: str) -> bool:
    return bool(_PRIVATE.fullmatch(name.rpartition(".")[2]))


_OF_ONE = re.compile(
    r"Notif\w*|\w*Notifications?|\w*Messages?|Inbox\w*|Mails?|Conversations?|Carts?|CartItems?|Orders?|OrderItems?"
    r"|Payments?|Invoices?|Transactions?|Bookings?|Reservations?|Appointments?|Wallets?|Address(es)?|Wishlists?"
)


def is_of_one_person(name: str) -> bool:
    """Rows that each belong to one person, who alone should read them."""
    return bool(_OF_ONE.fullmatch(name.rpartition(".")[2]))


_PERSONAL = ("email", "mail", "phone", "mobile", "telephone", "address", "birth", "birthday", "dob", "password")
_ALSO = frozenset({"last_login", "phone_number", "date_of_birth"})


def shows_others(effect: Effect) -> bool:
    """An answer holds columns of accounts that are nobody else's business, and the account is not the caller's."""
    return (
        effect.act is Act.RETURNS
        and not effect.value.done
        and any(
            source.part == "User" and source.steps != OF_CALLER and is_personal(source.name)
            for source in effect.value.of(Kind.KNOWN, Kind.STORED)
        )
    )


def is_personal(column: str) -> bool:
    return column in _ALSO or has_word(column, *_PERSONAL)


def about_people(node: ast.AST) -> str | None:
    """The table whose rows an expression asks for, when they are about people."""
    return next((name for name in _asked(node) if _PEOPLE.fullmatch(name)), None)


def rows_by_number(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """`Order.objects.get(pk=number)`, where the number is a parameter: a deal, by a number that can be counted up."""
    given = {each.arg for each in (*function.args.args, *function.args.kwonlyargs)}
    for node in walk(function):
        match node:
            case ast.Call(
                func=ast.Attribute(value=rows, attr="get"), keywords=[ast.keyword(arg="pk" | "id", value=key)]
            ):
                pass
            case ast.Call(
                func=ast.Name(id="get_object_or_404"), args=[rows], keywords=[ast.keyword(arg="pk" | "id", value=key)]
            ):
                pass
            case _:
                continue
        if isinstance(key, ast.Name) and key.id in given:
            yield from (name for name in _asked(rows) if _DEALS.fullmatch(name))


def _asked(node: ast.AST) -> Iterator[str]:
    for each in walk(node):
        match each:
            case ast.Attribute(attr="objects", value=ast.Name(id=name)):
                yield name
            case ast.Name(id=name) if each is node:
                yield name
            case _:
                pass
