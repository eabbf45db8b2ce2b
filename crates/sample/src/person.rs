//! A person, and the stream of them.

use jiff::civil::Date;
use profile::Sex;

use crate::agency::{self, AGENCIES, Agency, Kind};
use crate::dice::{Dice, Use};
use crate::{name, post};

/// An invented person with one post. All text is NFC.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// Number in the run, from 0.
    pub number: u64,
    /// Full name in the usual letter case.
    pub full_name: String,
    /// Date of birth; an age of 20 to 64 years in 2026.
    pub birth: Date,
    /// Sex.
    pub sex: Sex,
    /// 12 digits that agree with sex and year of birth; no other person of the run has them.
    pub personal_id: String,
    /// `CB`, `CC`, `VC`, `XA`, `XA0` or `HĐ`.
    pub card_type: &'static str,
    /// Level-1 code of the managing agency, open in 2026.
    pub agency_code: &'static str,
    /// Name of the managing agency as the Decisions on agency codes spell it.
    pub managing_agency: &'static str,
    /// Employing unit, invented.
    pub employing_unit: String,
    /// Position, title or job position.
    pub title: String,
    /// Staff code, unique in the run: `H26-000041`.
    pub staff_code: String,
    /// File name of the portrait: the staff code and `.jpg`.
    pub photo: String,
}

/// What to generate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Options {
    /// How many people, at most [`MAX_PEOPLE`].
    pub count: u64,
    /// Level-1 codes of the managing agencies, each as likely as the others; none for all that are
    /// known here, provinces before ministries as in life.
    pub agencies: Vec<String>,
}

impl Options {
    /// `count` people of all agencies.
    pub fn new(count: u64) -> Self {
        Self { count, agencies: Vec::new() }
    }

    /// The demonstration's list: 300 people of one city, one province, three ministries and the
    /// commission with the longest name.
    pub fn demo() -> Self {
        let codes = ["H26", "H38", "G09", "G16", "G18", agency::LONGEST_NAME];
        Self { count: 300, agencies: codes.map(str::to_owned).to_vec() }
    }
}

/// Why no people can be made as asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OptionsError {
    /// A code is not one of the open level-1 codes that people are given to.
    #[error("agency code {code} is not known or not open")]
    UnknownAgency {
        /// The code as given.
        code: String,
    },
    /// More people than personal id numbers are kept apart for.
    #[error("at most {MAX_PEOPLE} people can be made in one run")]
    TooMany,
}

/// Most people of one run whose numbers are certain to differ.
pub const MAX_PEOPLE: u64 = BLOCK * YEAR_CLASSES - RESERVE;

/// An endless source of invented people, as an iterator over the first `count` of them.
///
/// Cloning is cheap, and [`person`](Self::person) gives any of them at once, so a run can be cut
/// into parts for several threads.
#[derive(Clone, Debug)]
pub struct People {
    seed: u64,
    agencies: Vec<&'static Agency>,
    count: u64,
    next: u64,
}

impl People {
    /// The people of a seed.
    ///
    /// # Errors
    ///
    /// [`OptionsError`] when a code is unknown or `count` is above [`MAX_PEOPLE`].
    pub fn new(seed: u64, options: &Options) -> Result<Self, OptionsError> {
        if options.count > MAX_PEOPLE {
            return Err(OptionsError::TooMany);
        }
        let agencies = options
            .agencies
            .iter()
            .map(|code| {
                agency::find(code).ok_or_else(|| OptionsError::UnknownAgency { code: code.clone() })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { seed, agencies, count: options.count, next: 0 })
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many people the iterator gives in all.
    pub fn count_in_all(&self) -> u64 {
        self.count
    }

    /// Person `number`, from 0, whether or not the iterator goes so far.
    ///
    /// In each hundred, five are cases that forms get wrong: a name of 32 characters and more, a
    /// name of one word, a minority name, the agency with the longest name (when the options allow
    /// it), a title of more than 100 characters.
    pub fn person(&self, number: u64) -> Person {
        let mut dice = Dice::new(self.seed, number, Use::Person);
        let agency = self.agency(number, &mut dice);
        let sex = if dice.percent(47) { Sex::Male } else { Sex::Female };
        let kind = match number % 100 {
            7 => name::Kind::Long,
            41 => name::Kind::OneWord,
            77 => name::Kind::Minority,
            _ => name::Kind::Any,
        };
        let full_name = name::full_name(sex, kind, &mut dice);
        let birth = self.birth(number, &mut dice);
        let personal_id = self.personal_id(number, agency, birth, sex, &mut dice);
        let mut post = post::post(agency, &mut dice);
        if number % 100 == 59 {
            post.title = post::long_title(&mut dice);
            post.card_type = "CC";
        }
        let staff_code = format!("{}-{number:06}", agency.code);
        Person {
            number,
            full_name,
            birth,
            sex,
            personal_id,
            card_type: post.card_type,
            agency_code: agency.code,
            managing_agency: agency.name,
            employing_unit: post.employing_unit,
            title: post.title,
            photo: format!("{staff_code}.jpg"),
            staff_code,
        }
    }

    fn agency(&self, number: u64, dice: &mut Dice) -> &'static Agency {
        let longest = agency::find(agency::LONGEST_NAME).expect("the constant is in the table");
        if number % 100 == 23 && (self.agencies.is_empty() || self.agencies.contains(&longest)) {
            return longest;
        }
        if !self.agencies.is_empty() {
            return dice.pick::<&'static Agency>(&self.agencies);
        }
        let wanted = if dice.percent(85) { Kind::Province } else { Kind::Ministry };
        loop {
            let agency = dice.pick(AGENCIES);
            if agency.kind == wanted || (wanted == Kind::Ministry && agency.kind != Kind::Province)
            {
                return agency;
            }
        }
    }

    /// A birth date in the year class that keeps personal id numbers apart.
    ///
    /// The six random digits of person `n` are a permutation of `n` modulo a million. People whose
    /// digits are equal are a million apart, and get different classes of birth year.
    fn birth(&self, number: u64, dice: &mut Dice) -> Date {
        let spread = Dice::new(self.seed, number % BLOCK, Use::BirthYear).below(YEAR_CLASSES);
        let class = (number / BLOCK + spread) % YEAR_CLASSES;
        let decade = *dice.weighted(&[(0_u64, 14), (1, 34), (2, 37), (3, 15)]);
        let year = FIRST_YEAR + decade * YEAR_CLASSES + class;
        let first = Date::new(i16::try_from(year).expect("years of this century"), 1, 1)
            .expect("1 January exists");
        let day = dice.below(u64::try_from(first.days_in_year()).unwrap_or(365));
        first
            .checked_add(jiff::Span::new().days(i64::try_from(day).unwrap_or(0)))
            .expect("a day of the same year")
    }

    fn personal_id(
        &self,
        number: u64,
        agency: &Agency,
        birth: Date,
        sex: Sex,
        dice: &mut Dice,
    ) -> String {
        let home = if agency.births.is_empty() || dice.percent(30) {
            agency::PROVINCES
        } else {
            agency.births
        };
        let province = dice.pick(home);
        let century = if birth.year() < 2000 { 0 } else { 2 };
        let sex = u8::from(sex == Sex::Female);
        // 387 417 is odd and no multiple of 5, so this is a permutation of a million.
        let digits = (number % BLOCK * 387_417 + self.seed % BLOCK * 7_919 + 123_457) % BLOCK;
        format!("{province}{}{:02}{digits:06}", century + sex, birth.year() % 100)
    }
}

impl Iterator for People {
    type Item = Person;

    fn next(&mut self) -> Option<Person> {
        if self.next >= self.count {
            return None;
        }
        let person = self.person(self.next);
        self.next += 1;
        Some(person)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.count - self.next).unwrap_or(usize::MAX);
        (left, Some(left))
    }
}

/// Values of the six random digits.
const BLOCK: u64 = 1_000_000;
/// Birth years fall into so many classes.
const YEAR_CLASSES: u64 = 11;
/// Born in 1962 to 2005: four times the classes.
const FIRST_YEAR: u64 = 1962;
/// Numbers after the last person that rows to be refused take.
const RESERVE: u64 = 1_000;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn people(count: u64) -> People {
        People::new(838, &Options::new(count)).unwrap()
    }

    #[test]
    fn same_seed_gives_the_same_people() {
        assert!(people(50).eq(people(50)));
        assert_ne!(people(1).next(), People::new(839, &Options::new(1)).unwrap().next());
    }

    #[test]
    fn person_does_not_depend_on_those_before() {
        assert_eq!(people(40).nth(33).unwrap(), people(1).person(33));
    }

    #[test]
    fn first_people_of_a_seed_are_these() {
        let shown: Vec<String> = people(6)
            .map(|p| {
                format!(
                    "{} | {} | {:?} | {} | {} | {} | {} | {} | {}",
                    p.full_name,
                    p.birth,
                    p.sex,
                    p.personal_id,
                    p.card_type,
                    p.agency_code,
                    p.employing_unit,
                    p.title,
                    p.photo
                )
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"));
    }

    #[test]
    fn personal_ids_agree_with_birth_and_sex_and_never_repeat() {
        let mut seen = HashSet::new();
        for person in people(20_000) {
            let id = &person.personal_id;
            assert_eq!(id.len(), 12);
            let expected = u8::from(person.sex == Sex::Female)
                + if person.birth.year() < 2000 { 0 } else { 2 };
            assert_eq!(id[3..4], expected.to_string());
            assert_eq!(id[4..6], format!("{:02}", person.birth.year() % 100));
            assert!(seen.insert(person.personal_id));
        }
    }

    #[test]
    fn people_a_million_apart_have_different_personal_ids() {
        let people = people(0);
        for low in 0..200 {
            let ids: HashSet<String> =
                (0..11).map(|block| people.person(block * BLOCK + low).personal_id).collect();
            assert_eq!(ids.len(), 11);
        }
    }

    #[test]
    fn family_names_have_their_real_share() {
        let all: Vec<Person> = people(20_000).collect();
        let share = |family: &str| {
            let with = all.iter().filter(|p| p.full_name.split(' ').next() == Some(family)).count();
            with * 1000 / all.len()
        };
        assert!((340..410).contains(&share("Nguyễn")), "{}", share("Nguyễn"));
        assert!((90..125).contains(&share("Trần")), "{}", share("Trần"));
        assert!((80..110).contains(&share("Lê")), "{}", share("Lê"));
    }

    #[test]
    fn every_card_type_and_every_hard_case_occurs() {
        let all: Vec<Person> = people(2_000).collect();
        for card_type in ["CB", "CC", "VC", "XA", "XA0", "HĐ"] {
            assert!(all.iter().any(|p| p.card_type == card_type), "{card_type}");
        }
        assert!(all.iter().any(|p| p.managing_agency.chars().count() == 125));
        assert!(all.iter().any(|p| (32..=36).contains(&p.full_name.chars().count())));
        assert!(all.iter().any(|p| !p.full_name.contains(' ')));
        assert!(all.iter().any(|p| p.full_name.contains('\'')));
        assert!(all.iter().any(|p| p.title.chars().count() > 100));
    }

    #[test]
    fn lengths_stay_within_what_a_card_can_take() {
        for p in people(5_000) {
            assert!(p.full_name.chars().count() <= 100);
            assert!(p.managing_agency.chars().count() <= 125);
            assert!(p.employing_unit.chars().count() <= 200);
            assert!(p.title.chars().count() <= 200);
        }
    }

    #[test]
    fn rejects_unknown_agency_and_too_many() {
        let closed = Options { count: 1, agencies: vec!["H39".into()] };
        assert_eq!(
            People::new(1, &closed).unwrap_err(),
            OptionsError::UnknownAgency { code: "H39".into() }
        );
        let many = Options::new(MAX_PEOPLE + 1);
        assert_eq!(People::new(1, &many).unwrap_err(), OptionsError::TooMany);
    }
}
