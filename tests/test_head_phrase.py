from __future__ import annotations

import pytest

from transforms.inflect import forms


@pytest.mark.parametrize(("name", "language", "form"), [
    ("Совет Безопасности ООН", "ru", "Совете Безопасности ООН"),
    ("министерство иностранных дел России", "ru", "министерством иностранных дел России"),
    ("Национальный банк Казахстана", "ru", "Национального банка Казахстана"),
    ("вооружённые силы Украины", "ru", "вооружённых сил Украины"),
    ("Область распространения", "ru", "Области распространения"),
    ("МИД России", "ru", "МИДом России"),
    ("ЦАХАЛ", "ru", "ЦАХАЛа"),
    ("Рада Безпеки ООН", "uk", "Раді Безпеки ООН"),
    ("міністерство оборони України", "uk", "міністерства оборони України"),
])
def test_what_leads_a_name_is_declined_and_what_it_is_of_stays(name: str, language: str, form: str) -> None:
    assert form in forms(name, language)


def test_acronyms_that_are_spelt_take_no_endings() -> None:
    assert "ООНа" not in forms("ООН", "ru")


def test_a_person_has_no_complement() -> None:
    assert "Владимиру Путин" not in forms("Владимир Путин", "ru")
