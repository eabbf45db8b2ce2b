//! The validator as an entrance sees it.

use jiff::civil::{Date, date};
use phrase::Lang;
use profile::{CardType, Field, Profile, Severity, Sex, StaffInput, Validated};
use proptest::prelude::*;

const ON: Date = date(2026, 11, 23);

fn good() -> StaffInput {
    StaffInput {
        full_name: "Nguyễn Văn Hòa".into(),
        birth: "05/03/1988".into(),
        sex: "Nam".into(),
        personal_id: "034088001234".into(),
        card_type: "CC".into(),
        agency_code: "G09".into(),
        managing_agency: "Bộ Nội vụ".into(),
        employing_unit: "Vụ Tổ chức cán bộ".into(),
        title: "Chuyên viên".into(),
        ..StaffInput::default()
    }
}

fn with(field: Field, text: &str) -> Validated {
    let mut input = good();
    text.clone_into(input.get_mut(field).expect("not the row"));
    Profile::qd838().validate(&input, ON)
}

fn codes(validated: &Validated) -> Vec<(Severity, Field, &'static str)> {
    validated.findings.iter().map(|f| (f.severity, f.field, f.code)).collect()
}

#[track_caller]
fn one(field: Field, text: &str, severity: Severity, code: &str) -> Validated {
    let validated = with(field, text);
    assert_eq!(codes(&validated), [(severity, field, code)], "{field} {text:?}");
    assert_eq!(validated.staff.is_none(), severity == Severity::Error);
    validated
}

#[test]
fn good_record_passes_without_a_word() {
    let validated = Profile::qd838().validate(&good(), ON);
    assert_eq!(codes(&validated), []);
    let staff = validated.staff.unwrap();
    assert_eq!(*staff.card_number().expose(), "G09.034088001234.CC");
    assert_eq!(staff.sex, Sex::Male);
    assert_eq!(staff.birth.to_iso(), "1988-03-05");
}

#[test]
fn each_missing_field_is_named_unless_it_may_be_empty() {
    for field in Field::ALL.iter().copied().filter(|field| *field != Field::Row) {
        let validated = with(field, "  ");
        let missing = (Severity::Error, field, "missing");
        assert_eq!(codes(&validated).contains(&missing), !field.may_be_empty(), "{field}");
        assert_eq!(validated.staff.is_some(), field.may_be_empty(), "{field}");
    }
}

#[test]
fn every_error_is_told_at_once() {
    let validated = Profile::qd838().validate(&StaffInput::default(), ON);
    assert_eq!(validated.findings.len(), 7);
    assert!(validated.findings.iter().all(|f| f.code == "missing"));
}

#[test]
fn what_is_put_right_is_noted() {
    use Severity::Note;
    let name = |v: Validated| v.staff.unwrap().full_name.to_string();
    let composed = one(Field::FullName, "Nguye\u{302}\u{303}n Va\u{306}n A", Note, "composed");
    assert_eq!(name(composed), "Nguyễn Văn A");
    assert_eq!(name(one(Field::FullName, "Ðỗ Văn A", Note, "look-alike")), "Đỗ Văn A");
    assert_eq!(name(one(Field::FullName, " Lê  Văn\u{a0}A ", Note, "spaces-tidied")), "Lê Văn A");
    assert_eq!(
        name(one(Field::FullName, "Lê\u{200b} Văn A", Note, "zero-width-removed")),
        "Lê Văn A"
    );
    one(Field::PersonalId, "034 088 001 234", Note, "personal-id-tidied");
    one(Field::PersonalId, "'034088001234", Note, "personal-id-tidied");
    one(Field::PersonalId, "34088001234", Note, "personal-id-zero-restored");
    one(Field::PersonalId, "34088001234.0", Note, "personal-id-zero-restored");
    one(Field::Sex, "male", Note, "sex-read");
    let taken = one(Field::Sex, "", Note, "sex-from-id").staff.unwrap();
    assert_eq!(taken.sex, Sex::Male);
    let taken = one(Field::ManagingAgency, "", Note, "agency-name-taken").staff.unwrap();
    assert_eq!(taken.managing_agency.as_str(), "Bộ Nội vụ");
    one(Field::AgencyCode, "g09", Note, "agency-code-read");
    let words = one(Field::CardType, "Viên chức", Note, "card-type-read").staff.unwrap();
    assert_eq!(words.card_type, CardType::VC);
    let ascii = one(Field::CardType, "HD", Note, "card-type-read").staff.unwrap();
    assert_eq!(ascii.card_type, CardType::HD);
    one(Field::Phone, "901234567", Note, "phone-zero-restored");
    one(Field::Phone, "090.123.4567", Note, "phone-tidied");
    one(Field::StaffCode, "-", Note, "dash-is-empty");
    let photo = one(Field::Photo, "C:\\anh\\a.jpg", Note, "photo-path-dropped").staff.unwrap();
    assert_eq!(photo.photo.unwrap().as_str(), "a.jpg");
}

#[test]
fn what_a_person_should_look_at_is_a_warning() {
    use Severity::Warning;
    one(Field::CardType, "XA", Warning, "card-type-legacy");
    one(Field::CardType, "XA0", Warning, "card-type-legacy");
    one(Field::PersonalId, "003088001234", Warning, "province-unknown");
    one(Field::AgencyCode, "A07", Warning, "agency-code-unlisted");
    one(Field::AgencyCode, "G99", Warning, "agency-code-unknown");
    one(Field::Birth, "32207", Warning, "date-from-serial");
    assert!(one(Field::Email, "a.b.c", Warning, "email-left-out").staff.unwrap().email.is_none());
    assert!(one(Field::Phone, "không có", Warning, "phone-left-out").staff.is_some());
    assert!(one(Field::Photo, "ảnh.docx", Warning, "photo-left-out").staff.is_some());
}

#[test]
fn what_cannot_be_right_is_refused() {
    use Severity::Error;
    one(Field::FullName, "Nguyễn\u{202e} A", Error, "bidi-character");
    one(Field::FullName, "Nguyễn\u{7} A", Error, "control-character");
    one(Field::FullName, "Nguy\u{fffd}n A", Error, "broken-text");
    one(Field::FullName, "Nguyễn Văn 2", Error, "name-digit");
    one(Field::FullName, "Иван", Error, "name-sign");
    one(Field::FullName, "...", Error, "name-no-letter");
    one(Field::FullName, &"A".repeat(101), Error, "too-long");
    one(Field::Title, "Trưởng phòng|A", Error, "separator");
    one(Field::Title, "=CMD()", Error, "formula");
    one(Field::EmployingUnit, "@SUM(A1)", Error, "formula");
    one(Field::Title, &"Ă".repeat(201), Error, "too-long");
    one(Field::Birth, "05/03/88", Error, "date-short-year");
    one(Field::Birth, "03/25/1988", Error, "date-swapped");
    one(Field::Birth, "30/02/1988", Error, "date-impossible");
    one(Field::Birth, "không rõ", Error, "date-form");
    one(Field::Birth, "05/03/2030", Error, "birth-in-future");
    one(Field::Birth, "05/03/1899", Error, "birth-too-early");
    one(Field::Birth, "05/03/2015", Error, "too-young");
    one(Field::Birth, "05/03/1989", Error, "birth-contradicts-id");
    one(Field::Sex, "Nữ", Error, "sex-contradicts-id");
    one(Field::Sex, "?", Error, "sex-unknown");
    one(Field::PersonalId, "3.4088E+10", Error, "personal-id-scientific");
    one(Field::PersonalId, "034088OO1234", Error, "personal-id-sign");
    one(Field::PersonalId, "123456789", Error, "personal-id-nine-digits");
    one(Field::PersonalId, "03408800123", Error, "personal-id-length");
    one(Field::PersonalId, "0340880012345", Error, "personal-id-length");
    one(Field::CardType, "XX", Error, "card-type-unknown");
    one(Field::AgencyCode, "Bộ Nội vụ", Error, "agency-code-form");
    one(Field::AgencyCode, "000.00.00.H49", Error, "agency-code-old-form");
    one(Field::AgencyCode, "H33", Error, "agency-code-closed");
    one(Field::AgencyCode, "G34", Error, "agency-code-closed-without-successor");
    one(Field::ContractEnd, "31/12/2025", Error, "end-passed");
    one(Field::ContractEnd, "12/2027", Error, "date-not-full");
    one(Field::Retirement, "01/01/2020", Error, "end-passed");
}

#[test]
fn century_of_birth_must_agree_with_the_number() {
    let mut input = good();
    input.personal_id = "034205001234".into();
    input.birth = "05/03/1905".into();
    let validated = Profile::qd838().validate(&input, ON);
    assert!(codes(&validated).contains(&(Severity::Error, Field::Birth, "century-contradicts-id")));
}

#[test]
fn code_that_closes_later_is_good_on_an_earlier_day() {
    let mut input = good();
    input.agency_code = "H33".into();
    input.managing_agency = "UBND tỉnh Kiên Giang".into();
    let on = date(2025, 6, 30);
    assert!(Profile::qd838().validate(&input, on).staff.is_some());
    input.agency_code = "G40".into();
    let validated = Profile::qd838().validate(&input, date(2024, 1, 1));
    assert_eq!(codes(&validated), [(Severity::Error, Field::AgencyCode, "agency-code-not-yet")]);
}

#[test]
fn closed_code_names_its_successor_in_both_languages() {
    let validated = with(Field::AgencyCode, "H33");
    let finding = &validated.findings[0];
    assert_eq!(
        finding.text(Lang::Vi),
        "Mã cơ quan: mã H33 (UBND tỉnh Kiên Giang) đã đóng từ 01/07/2025. \
         Hãy dùng H01 (UBND tỉnh An Giang)."
    );
    assert_eq!(
        finding.text(Lang::En),
        "Agency code: code H33 (UBND tỉnh Kiên Giang) closed on 01/07/2025. \
         Use H01 (UBND tỉnh An Giang)."
    );
}

#[test]
fn card_type_that_is_no_longer_issued_is_refused() {
    let file = include_str!("../data/qd838.toml").replacen("\"warned\"", "\"refused\"", 1);
    let mut input = good();
    input.card_type = "XA".into();
    let validated = Profile::from_toml(&file).unwrap().validate(&input, ON);
    assert_eq!(codes(&validated), [(Severity::Error, Field::CardType, "card-type-closed")]);
}

#[test]
fn young_and_old_holders_are_warned_about() {
    let warned = |birth: &str, id: &str| {
        let mut input = good();
        input.birth = birth.into();
        input.personal_id = id.into();
        let validated = Profile::qd838().validate(&input, ON);
        assert!(validated.staff.is_some());
        codes(&validated)
    };
    assert_eq!(warned("01/02/2010", "034210001234"), [(Severity::Warning, Field::Birth, "young")]);
    assert_eq!(warned("01/02/1950", "034050001234"), [(Severity::Warning, Field::Birth, "old")]);
}

#[test]
fn record_round_trips_through_storage() {
    let staff = Profile::qd838().validate(&good(), ON).staff.unwrap();
    let json = serde_json::to_string(&staff).unwrap();
    assert_eq!(serde_json::from_str::<profile::Staff>(&json).unwrap(), staff);
    assert!(!format!("{staff:?}").contains("034088001234"));
}

proptest! {
    #[test]
    fn no_finding_repeats_a_number(digits in "[0-9]{9,13}", birth in "\\PC{0,12}", sex in "\\PC{0,4}") {
        let mut input = good();
        input.personal_id = digits.clone();
        input.birth = birth;
        input.sex = sex;
        for finding in Profile::qd838().validate(&input, ON).findings {
            prop_assert!(!finding.text(Lang::Vi).contains(&digits));
            prop_assert!(!finding.text(Lang::En).contains(&digits));
        }
    }

    #[test]
    fn any_text_is_refused_or_comes_out_clean(text in "\\PC{0,30}|[\\x00-\\x7f]{0,10}") {
        for field in [Field::FullName, Field::Title, Field::Birth, Field::PersonalId, Field::CardType,
            Field::AgencyCode, Field::Email, Field::Phone, Field::Photo, Field::ContractEnd] {
            let validated = with(field, &text);
            let refused = validated.worst() == Some(Severity::Error);
            prop_assert_eq!(refused, validated.staff.is_none());
            if let Some(staff) = validated.staff {
                prop_assert!(staff.title.as_str().parse::<profile::Text>().as_ref() == Ok(&staff.title));
                prop_assert!(staff.full_name.as_str().parse::<profile::Text>().as_ref() == Ok(&staff.full_name));
            }
        }
    }

    #[test]
    fn checking_what_came_out_changes_nothing(name in "[A-ZĐ][a-zăâđêôơưáàảãạ \u{300}\u{301}]{1,20}") {
        let once = with(Field::FullName, &name);
        if let Some(staff) = once.staff {
            let again = with(Field::FullName, staff.full_name.as_str());
            prop_assert!(codes(&again).is_empty());
            prop_assert_eq!(again.staff.unwrap().full_name, staff.full_name);
        }
    }
}
