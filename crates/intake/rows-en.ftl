row-title = A title, skipped.
row-header = The header, skipped.
row-header-unused = The header. Columns that are not used: { $unused }.
row-blank = A blank row, skipped.
row-total = A total, skipped.
row-group = The name of a group, skipped.
row-signature = The signature block, skipped.
row-left-out = Left out by you; does not go in.

formula-cell = { $field }: is a formula. Paste it again as a value.
broken-cell = { $field }: the cell shows a formula's error. Mend it in the spreadsheet.
old-text = { $field }: text in an encoding of before Unicode (TCVN3 or VNI). Convert it to Unicode, or ask for conversion.
duplicate-row = { $field }: row { $row } is the same person as row { $first }. Keep one of them.
known-unchanged = { $field }: is in the registry already, unchanged.
known-changed = { $field }: is in the registry with other data; a change will be proposed.
known-elsewhere = { $field }: is with another managing agency. Ask for a transfer.

source-io = The file cannot be read.
source-not-a-list = The file is neither XLSX nor CSV. Save the list as .xlsx or .csv (UTF-8).
source-encrypted = The file has a password. Take it off and send the file again.
source-old-workbook = The file has the old .xls form. Open it in a spreadsheet and save it as .xlsx.
source-other-workbook = The file has another form (.xlsb, .ods, or a text document). Save it as .xlsx.
source-damaged = The file is damaged or cut. Open it in a spreadsheet, save it and send it again.
source-too-large = The file inflates too far at { $entry }. Clear surplus formats or split the list.
source-no-sheet = There is no sheet named "{ $name }".
source-no-header = No header row was found (full name, personal id number and one more column at least). Check the headings or name them.
source-no-column = Columns are missing: { $names }. Add them or name them.
source-old-encoding = The text is in { $encoding }. Convert it to Unicode, or ask for conversion from { $encoding }.
source-encoding = From line { $line } on the text is not UTF-8 or UTF-16. Save it as CSV UTF-8.
source-open-quote = The quotation mark on line { $line } is never closed.

target-family = Family and middle names (own column)
target-given = Given name (own column)
