//! Which rule of the profile stands behind a finding.

use profile::{Basis, Field, Finding, Profile};

/// Clause and basis (`stated` or `assumed`) of the rule that a finding comes from; none where it
/// comes from no rule but from the text itself.
pub(crate) fn clause(profile: &Profile, finding: &Finding) -> Option<(String, &'static str)> {
    let key = match finding.code {
        "personal-id-length" | "personal-id-nine-digits" => "personal_id.digits",
        "sex-contradicts-id" | "century-contradicts-id" | "sex-from-id" => {
            "personal_id.check_sex_and_century"
        }
        "birth-contradicts-id" => "personal_id.check_birth_year",
        "province-unknown" => "personal_id.warn_unknown_province",
        "too-young" => "age.minimum",
        "young" => "age.warn_below",
        "old" => "age.warn_above",
        "separator" => "qr.separator",
        "agency-code-form" => "card_number.agency_code_chars",
        "card-type-unknown" => "card_number.form",
        "end-passed" => "life.card_years",
        "too-long" => match finding.field {
            Field::FullName => "lengths.full_name",
            Field::ManagingAgency | Field::EmployingUnit => "lengths.agency",
            Field::Title => "lengths.title",
            _ => "lengths.other",
        },
        "card-type-legacy" | "card-type-closed" => {
            let (_, code) = finding.args.iter().find(|(name, _)| *name == "value")?;
            return source(profile, &format!("card_types.{code}"));
        }
        _ => return None,
    };
    source(profile, key)
}

fn source(profile: &Profile, key: &str) -> Option<(String, &'static str)> {
    let source = profile.source(key)?;
    let basis = if source.basis == Basis::Stated { "stated" } else { "assumed" };
    Some((source.clause.clone(), basis))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use profile::StaffInput;

    use super::*;

    #[test]
    fn every_rule_named_here_stands_in_the_profile() {
        let profile = Profile::qd838();
        for line in include_str!("clause.rs").lines().take_while(|line| !line.contains("mod tests"))
        {
            for word in line
                .split('"')
                .skip(1)
                .step_by(2)
                .filter(|word| word.contains('.') && !word.contains('{'))
            {
                assert!(profile.source(word).is_some(), "{word}");
            }
        }
    }

    #[test]
    fn rule_behind_a_short_number_is_the_law_on_identity() {
        let profile = Profile::qd838();
        let input = StaffInput { personal_id: "12345".into(), ..StaffInput::default() };
        let found = profile.validate(&input, date(2026, 11, 23)).findings;
        let finding = found.iter().find(|finding| finding.code == "personal-id-length").unwrap();
        let (clause, basis) = clause(&profile, finding).unwrap();
        assert!(clause.contains("Căn cước"), "{clause}");
        assert_eq!(basis, "stated");
    }
}
