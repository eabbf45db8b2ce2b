row-title = Dòng tiêu đề, bỏ qua.
row-header = Dòng tên cột, bỏ qua.
row-header-unused = Dòng tên cột. Các cột không dùng đến: { $unused }.
row-blank = Dòng trống, bỏ qua.
row-total = Dòng cộng, bỏ qua.
row-group = Dòng tên nhóm, bỏ qua.
row-signature = Phần ký tên, bỏ qua.
row-left-out = Đã để lại, không đưa vào.

formula-cell = { $field }: là công thức. Hãy dán lại dưới dạng giá trị.
broken-cell = { $field }: ô báo lỗi công thức. Hãy sửa trong bảng tính.
old-text = { $field }: chữ ở bảng mã cũ (TCVN3 hoặc VNI). Hãy chuyển sang Unicode hoặc chọn chuyển mã khi đọc tệp.
duplicate-row = { $field }: dòng { $row } trùng người với dòng { $first }. Hãy giữ một dòng.
known-unchanged = { $field }: đã có trong hệ thống, không thay đổi.
known-changed = { $field }: đã có trong hệ thống với dữ liệu khác; sẽ được ghi thành đề nghị thay đổi.
known-elsewhere = { $field }: đã có ở cơ quan quản lý khác. Hãy làm thủ tục chuyển.

source-io = Không đọc được tệp.
source-not-a-list = Tệp không phải XLSX hay CSV. Hãy lưu danh sách dạng .xlsx hoặc .csv (UTF-8).
source-encrypted = Tệp có mật khẩu. Hãy bỏ mật khẩu rồi gửi lại.
source-old-workbook = Tệp .xls dạng cũ. Hãy mở bằng bảng tính và lưu lại dạng .xlsx.
source-other-workbook = Tệp bảng tính dạng khác (.xlsb, .ods hoặc văn bản). Hãy lưu lại dạng .xlsx.
source-damaged = Tệp bị hỏng hoặc bị cắt. Hãy mở bằng bảng tính, lưu lại và gửi lại.
source-too-large = Tệp giải nén quá lớn ở phần { $entry }. Hãy xoá định dạng thừa hoặc chia nhỏ danh sách.
source-no-sheet = Không có trang tính tên "{ $name }".
source-no-header = Không tìm thấy dòng tên cột (cần ít nhất Họ và tên, Số CCCD và một cột nữa). Hãy kiểm tra tên cột hoặc khai báo tên cột.
source-no-column = Thiếu cột: { $names }. Hãy thêm cột hoặc khai báo tên cột.
source-old-encoding = Chữ ở bảng mã cũ { $encoding }. Hãy chuyển sang Unicode hoặc chọn chuyển mã { $encoding } khi đọc tệp.
source-encoding = Từ dòng { $line } có chữ không phải UTF-8 hay UTF-16. Hãy lưu lại dạng CSV UTF-8.
source-open-quote = Dấu ngoặc kép ở dòng { $line } không được đóng.

target-family = Họ và tên đệm (cột riêng)
target-given = Tên (cột riêng)
