field-stt = Số thứ tự
field-full-name = Họ và tên
field-birth = Ngày sinh
field-sex = Giới tính
field-personal-id = Số định danh cá nhân
field-card-type = Loại thẻ
field-agency-code = Mã cơ quan
field-managing-agency = Cơ quan quản lý
field-employing-unit = Đơn vị sử dụng
field-title = Chức vụ, chức danh
field-staff-code = Mã cán bộ
field-email = Thư điện tử
field-phone = Số điện thoại
field-photo = Tệp ảnh
field-contract-end = Ngày hết hạn hợp đồng
field-retirement = Ngày nghỉ hưu
field-row = Dòng

missing = { $field }: chưa có. Hãy điền vào.
too-long = { $field }: dài { $length } ký tự, tối đa { $limit }. Hãy rút gọn.
control-character = { $field }: có ký tự điều khiển { $sign }. Hãy gõ lại ô này.
bidi-character = { $field }: có ký tự đảo chiều chữ { $sign }. Hãy gõ lại ô này.
separator = { $field }: có dấu "|", là dấu ngăn các trường của mã QR. Hãy bỏ dấu này.
broken-text = { $field }: có ký tự đã hỏng. Hãy lưu lại tệp gốc theo UTF-8.
formula = { $field }: bắt đầu như một công thức. Hãy thay bằng giá trị.
zero-width-removed = { $field }: đã bỏ ký tự ẩn.
composed = { $field }: đã chuyển về Unicode dựng sẵn.
look-alike = { $field }: đã thay chữ giống Đ bằng chữ Đ.
spaces-tidied = { $field }: đã bỏ khoảng trắng thừa.
dash-is-empty = { $field }: dấu gạch ngang được hiểu là để trống.

name-digit = { $field }: có chữ số.
name-sign = { $field }: có ký tự "{ $sign }" không dùng trong tên người.
name-no-letter = { $field }: không có chữ cái nào.

date-form = { $field }: không phải là ngày. Hãy viết dạng 05/03/1988, 03/1988 hoặc 1988.
date-short-year = { $field }: năm chỉ có hai chữ số. Hãy viết đủ bốn chữ số.
date-swapped = { $field }: có vẻ viết tháng trước ngày. Hãy viết ngày/tháng/năm.
date-impossible = { $field }: không có ngày này trong lịch.
date-from-serial = { $field }: ô chứa số ngày của bảng tính, được hiểu là { $date }. Hãy kiểm tra.
date-not-full = { $field }: cần đủ ngày, tháng, năm.
end-passed = { $field }: { $date } đã qua vào ngày cấp thẻ.
birth-in-future = { $field }: ở tương lai.
birth-too-early = { $field }: trước năm 1900.
birth-partial = { $field }: không đủ ngày, tháng, năm; thẻ sẽ ghi đúng như vậy.
birth-contradicts-id = { $field }: năm sinh khác với năm sinh trong số định danh cá nhân.
century-contradicts-id = { $field }: thế kỷ sinh khác với số định danh cá nhân.
too-young = { $field }: chưa đủ { $age } tuổi vào ngày cấp thẻ.
young = { $field }: chưa đủ { $age } tuổi vào ngày cấp thẻ. Hãy kiểm tra.
old = { $field }: trên { $age } tuổi vào ngày cấp thẻ. Hãy kiểm tra.

sex-unknown = { $field }: hãy ghi Nam hoặc Nữ.
sex-read = { $field }: được hiểu là { $value }.
sex-from-id = { $field }: để trống, lấy theo số định danh cá nhân là { $value }.
sex-contradicts-id = { $field }: khác với giới tính trong số định danh cá nhân.

personal-id-scientific = { $field }: bảng tính đã đổi số này sang dạng khoa học và làm mất chữ số. Hãy đặt cột ở dạng văn bản và nhập lại.
personal-id-sign = { $field }: có ký tự không phải chữ số.
personal-id-tidied = { $field }: đã bỏ dấu cách và dấu ngăn giữa các chữ số.
personal-id-nine-digits = { $field }: có 9 chữ số như chứng minh nhân dân cũ, đã hết giá trị sử dụng. Hãy nhập số căn cước 12 chữ số.
personal-id-zero-restored = { $field }: đã khôi phục số 0 ở đầu mà bảng tính làm mất.
personal-id-length = { $field }: có { $length } chữ số, phải có 12.
province-unknown = { $field }: ba chữ số đầu không có trong bảng mã nơi đăng ký khai sinh. Hãy kiểm tra.

card-type-unknown = { $field }: không rõ loại nào. Các loại: { $known }.
card-type-read = { $field }: được hiểu là { $value }.
card-type-legacy = { $field }: { $value } là loại cũ, không còn đối tượng riêng từ ngày 01/7/2025. Hãy kiểm tra trước khi cấp mới.
card-type-closed = { $field }: { $value } không còn được cấp mới.

agency-code-form = { $field }: không đúng dạng, ví dụ đúng: G09 hoặc H52.101.
agency-code-old-form = { $field }: là mã dạng cũ theo QCVN 102:2016/BTTTT. Dạng hiện hành: { $code }.
agency-code-read = { $field }: được hiểu là { $code }.
agency-code-closed = { $field }: mã { $code } ({ $name }) đã đóng từ { $since }. Hãy dùng { $successor } ({ $successor_name }).
agency-code-closed-without-successor = { $field }: mã { $code } ({ $name }) đã đóng từ { $since } và không có mã thay thế.
agency-code-not-yet = { $field }: mã { $code } chỉ có hiệu lực từ { $from }.
agency-code-unlisted = { $field }: mã { $code } thuộc nhóm "{ $group }", danh sách mã chi tiết không công bố. Hãy kiểm tra.
agency-code-unknown = { $field }: mã { $code } đúng dạng nhưng không có trong danh mục. Hãy kiểm tra.
agency-name-taken = { $field }: để trống, lấy theo mã cơ quan là { $name }.

email-left-out = { $field }: không phải địa chỉ thư điện tử, không đưa vào hồ sơ.
phone-left-out = { $field }: không phải số điện thoại, không đưa vào hồ sơ.
phone-zero-restored = { $field }: đã khôi phục số 0 ở đầu mà bảng tính làm mất.
phone-tidied = { $field }: đã bỏ dấu cách và dấu ngăn giữa các chữ số.
photo-path-dropped = { $field }: đã bỏ đường dẫn, chỉ giữ tên tệp.
photo-left-out = { $field }: không phải tên tệp .jpg, .jpeg hoặc .png, không đưa vào hồ sơ.
