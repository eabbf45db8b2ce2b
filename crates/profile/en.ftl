field-stt = No.
field-full-name = Full name
field-birth = Date of birth
field-sex = Sex
field-personal-id = Personal id number
field-card-type = Card type
field-agency-code = Agency code
field-managing-agency = Managing agency
field-employing-unit = Employing unit
field-title = Position, title
field-staff-code = Staff code
field-email = E-mail
field-phone = Telephone
field-photo = Photo file
field-contract-end = End of contract
field-retirement = Day of retirement
field-row = Row

missing = { $field }: nothing stands here. Fill it in.
too-long = { $field }: { $length } characters, at most { $limit }. Shorten it.
control-character = { $field }: holds the control character { $sign }. Type the cell again.
bidi-character = { $field }: holds { $sign }, which turns the direction of writing. Type the cell again.
separator = { $field }: holds "|", which separates the fields of the QR. Take it out.
broken-text = { $field }: holds a broken character. Save the original file as UTF-8 again.
formula = { $field }: begins like a formula. Put the value there.
zero-width-removed = { $field }: invisible characters were taken out.
composed = { $field }: put into composed Unicode.
look-alike = { $field }: letters that look like Đ were replaced by Đ.
spaces-tidied = { $field }: surplus blanks were taken out.
dash-is-empty = { $field }: a dash counts as empty.

name-digit = { $field }: holds a digit.
name-sign = { $field }: holds "{ $sign }", which no name has.
name-no-letter = { $field }: holds no letter.

date-form = { $field }: is no date. Write 05/03/1988, 03/1988 or 1988.
date-short-year = { $field }: the year has two digits. Write all four.
date-swapped = { $field }: the month seems to stand before the day. Write day/month/year.
date-impossible = { $field }: the calendar has no such day.
date-from-serial = { $field }: holds a spreadsheet's day number, taken for { $date }. Please check.
date-not-full = { $field }: day, month and year are needed.
end-passed = { $field }: { $date } is past on the day of issue.
birth-in-future = { $field }: lies in the future.
birth-too-early = { $field }: lies before 1900.
birth-partial = { $field }: not a full date; the card will show it as it is.
birth-contradicts-id = { $field }: the year differs from the one in the personal id number.
century-contradicts-id = { $field }: the century differs from the one in the personal id number.
too-young = { $field }: under { $age } years on the day of issue.
young = { $field }: under { $age } years on the day of issue. Please check.
old = { $field }: over { $age } years on the day of issue. Please check.

sex-unknown = { $field }: write Nam (male) or Nữ (female).
sex-read = { $field }: read as { $value }.
sex-from-id = { $field }: empty, taken from the personal id number: { $value }.
sex-contradicts-id = { $field }: differs from the sex in the personal id number.

personal-id-scientific = { $field }: the spreadsheet turned this number into scientific notation and lost digits. Format the column as text and type it again.
personal-id-sign = { $field }: holds something that is no digit.
personal-id-tidied = { $field }: blanks and separators between the digits were taken out.
personal-id-nine-digits = { $field }: has 9 digits like the old identity card, which is no longer valid. Enter the number of 12 digits.
personal-id-zero-restored = { $field }: the leading zero that a spreadsheet took away was put back.
personal-id-length = { $field }: has { $length } digits, 12 are needed.
province-unknown = { $field }: the first three digits are in no table of places of birth registration. Please check.

card-type-unknown = { $field }: no known type. The types are { $known }.
card-type-read = { $field }: read as { $value }.
card-type-legacy = { $field }: { $value } is a legacy type with no group of its own since 01/07/2025. Please check before a new card is issued.
card-type-closed = { $field }: { $value } is no longer issued.

agency-code-form = { $field }: has not the form of a code, for example G09 or H52.101.
agency-code-old-form = { $field }: has the old form of QCVN 102:2016/BTTTT. The current form is { $code }.
agency-code-read = { $field }: read as { $code }.
agency-code-closed = { $field }: code { $code } ({ $name }) closed on { $since }. Use { $successor } ({ $successor_name }).
agency-code-closed-without-successor = { $field }: code { $code } ({ $name }) closed on { $since } and has no successor.
agency-code-not-yet = { $field }: code { $code } is in force from { $from } only.
agency-code-unlisted = { $field }: code { $code } is in the group "{ $group }", whose codes are not published. Please check.
agency-code-unknown = { $field }: code { $code } is well formed but in no list. Please check.
agency-name-taken = { $field }: empty, taken from the agency code: { $name }.

email-left-out = { $field }: is no e-mail address and was left out.
phone-left-out = { $field }: is no telephone number and was left out.
phone-zero-restored = { $field }: the leading zero that a spreadsheet took away was put back.
phone-tidied = { $field }: blanks and separators between the digits were taken out.
photo-path-dropped = { $field }: the path was dropped, the file name kept.
photo-left-out = { $field }: is no file name with .jpg, .jpeg or .png and was left out.
