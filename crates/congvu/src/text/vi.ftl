# Trợ giúp dòng lệnh
cli = Thẻ cán bộ, công chức, viên chức điện tử: từ danh sách cán bộ đến thẻ dùng được
cli-help-template = {"{"}about{"}"}

    Cách dùng: {"{"}usage{"}"}

    {"{"}all-args{"}"}
cli-heading-commands = Các lệnh
cli-heading-arguments = Đối số
cli-heading-options = Tuỳ chọn
cli-arg-data = Thư mục dữ liệu (mặc định ~/.local/share/congvu)
cli-arg-format = Dạng kết quả ở đầu ra chuẩn
cli-arg-lang = Ngôn ngữ
cli-arg-actor = Tài khoản của người làm việc này
cli-arg-production = Vận hành thật: không nhận bộ khoá trình diễn
cli-arg-help = Xem trợ giúp
cli-arg-version = Xem phiên bản
cli-demo = Chạy thử trọn quy trình trên máy này với dữ liệu mẫu
cli-demo-once = Làm hết quy trình rồi dừng, in một dòng JSON
cli-demo-fresh = Xoá dữ liệu trình diễn cũ và làm lại từ đầu
cli-demo-people = Số người hợp lệ trong danh sách mẫu
cli-init = Tạo cơ sở dữ liệu và kho khoá cho một cơ quan quản lý
cli-init-authority = Mã định danh cấp 1 của cơ quan quản lý, ví dụ G09
cli-init-passphrase-file = Tệp chứa câu mật khẩu của kho khoá
cli-init-demo = Tạo kho khoá trình diễn, không dùng được khi vận hành thật
cli-intake = Kiểm tra và nhập danh sách cán bộ
cli-intake-check = Kiểm tra một danh sách, không ghi gì
cli-intake-check-file = Tệp XLSX hoặc CSV
cli-intake-check-sheet = Tên trang tính
cli-intake-check-map = Gán cột cho trường, ví dụ F=personal_id
cli-intake-check-convert = Chuyển từ bảng mã cũ
cli-intake-load = Nhập các dòng hợp lệ vào sổ đăng ký
cli-intake-load-file = Tệp XLSX hoặc CSV
cli-intake-load-sheet = Tên trang tính
cli-intake-load-map = Gán cột cho trường, ví dụ F=personal_id
cli-intake-load-convert = Chuyển từ bảng mã cũ
cli-intake-load-photos = Ảnh chân dung: tệp ZIP hoặc thư mục
cli-request = Đề nghị cấp thẻ cho những người chưa có thẻ
cli-request-limit = Nhiều nhất bao nhiêu người
cli-approve = Duyệt một đợt đề nghị (người khác với người đề nghị)
cli-approve-batch = Mã đợt, do lệnh request in ra
cli-approve-all = Mọi đợt đang chờ
cli-station = Trạm cá thể hoá
cli-station-run = Làm thẻ cho đến khi hết đề nghị đã duyệt
cli-station-run-server = Địa chỉ máy chủ
cli-station-run-token-file = Tệp chứa mã của trạm
cli-station-run-reader = Tên đầu đọc (mặc định là đầu đọc đầu tiên)
cli-station-run-limit = Nhiều nhất bao nhiêu thẻ
cli-station-run-watch = Chờ lệnh từ trang Trạm làm thẻ: chạy khi được bảo, dừng khi được bảo
cli-station-add = Đăng ký một trạm và tạo mã cho nó
cli-station-add-name = Tên trạm, ví dụ tram-01
cli-hand-over = Ghi nhận giao thẻ cho chủ thẻ; thẻ bắt đầu có hiệu lực
cli-hand-over-serials = Số sê-ri của thẻ
cli-hand-over-all = Mọi thẻ đã sẵn sàng
cli-card = Xem, khoá, mở khoá, thu hồi thẻ
cli-card-list = Liệt kê thẻ
cli-card-list-state = Chỉ thẻ ở trạng thái này
cli-card-show = Xem một thẻ và lịch sử của nó
cli-card-show-serial = Số sê-ri của thẻ
cli-card-lock = Khoá thẻ ngay
cli-card-lock-serial = Số sê-ri của thẻ
cli-card-lock-reason = Lý do khoá
cli-card-unlock = Mở khoá thẻ (người khác với người khoá)
cli-card-unlock-serial = Số sê-ri của thẻ
cli-card-revoke = Thu hồi thẻ, không thể hoàn lại
cli-card-revoke-serial = Số sê-ri của thẻ
cli-card-revoke-reason = Lý do thu hồi
cli-card-revoke-dry-run = Chỉ cho biết điều sẽ xảy ra
cli-check = Kiểm tra thẻ
cli-check-chip = Đọc và kiểm tra chip trên đầu đọc
cli-check-chip-reader = Tên đầu đọc (mặc định là đầu đọc đầu tiên)
cli-check-chip-tray = Bảo khay đặt thẻ có số sê-ri này lên đầu đọc trước
cli-check-qr = Kiểm tra mã QR của thẻ
cli-check-qr-source = Nội dung mã QR, hoặc tệp ảnh có mã, hoặc - để đọc từ đầu vào chuẩn
cli-account = Tài khoản của những người đăng nhập vào máy chủ
cli-account-add = Tạo tài khoản; mật khẩu và khoá mã một lần chỉ hiện ra một lần này
cli-account-add-name = Tên đăng nhập, ví dụ lan.hr
cli-account-add-role = Vai trò
cli-account-add-full-name = Họ và tên
cli-account-add-authority = Chỉ làm việc với cơ quan quản lý có mã này (mặc định là mọi cơ quan ở đây)
cli-account-list = Liệt kê tài khoản
cli-account-reset = Cấp mật khẩu và khoá mã một lần mới; các phiên đang mở kết thúc
cli-account-reset-name = Tên đăng nhập
cli-account-disable = Ngừng một tài khoản; các phiên đang mở kết thúc ngay
cli-account-disable-name = Tên đăng nhập
cli-account-enable = Cho một tài khoản đã ngừng đăng nhập trở lại
cli-account-enable-name = Tên đăng nhập
cli-vcard = Thẻ phần mềm thay cho thẻ nhựa
cli-vcard-tray = Chạy khay thẻ phần mềm sau một pcscd riêng
cli-vcard-tray-add = Thêm N phôi mới vào khay
cli-vcard-tray-model = Loại chip của phôi mới
cli-vcard-tray-size = Dung lượng của phôi mới
cli-sample = Tạo danh sách mẫu và ảnh mẫu (không có người thật)
cli-sample-folder = Thư mục ghi ra
cli-sample-people = Số người hợp lệ
cli-sample-bad = Số dòng sai xen vào
cli-sample-seed = Hạt giống; cùng hạt giống cho cùng kết quả
cli-sample-csv = Ghi thêm tệp CSV
cli-sample-no-photos = Không vẽ ảnh
cli-serve = Chạy máy chủ
cli-serve-listen = Địa chỉ lắng nghe
cli-doctor = Xem máy này đã sẵn sàng chưa, thiếu gì và sửa thế nào
cli-config = Tệp cấu hình
cli-config-check = Kiểm tra tệp cấu hình và cho biết các giá trị đang dùng

# Kết quả và lời nhắn
error = Lỗi: { $why }
init-done = Đã tạo cơ sở dữ liệu và kho khoá trong { $path }. Tiếp theo: congvu doctor, rồi congvu serve.
init-config = Đã ghi nơi để câu mật khẩu ({ $file }) vào congvu.toml.
station-added = Đã đăng ký trạm { $name }. Mã của trạm ở { $path }; chỉ trạm được đọc tệp này.
config-ok = Đã kiểm tra { $path }: hợp lệ.
config-defaults = Không có { $path }; đang dùng các giá trị mặc định.
serving = Máy chủ đang chạy tại { $address }. Nhấn Ctrl-C để dừng.
intake-totals = Hợp lệ { $ok }, cần xem lại { $warn }, bị từ chối { $error }, bỏ qua { $skip }.
intake-loaded = { $rows } dòng: từ chối { $refused }; thêm mới { $new }, không đổi { $unchanged }, cập nhật { $changed }; chưa có ảnh { $without }.
progress-photos = Xử lý ảnh
progress-portraits = Vẽ ảnh mẫu
progress-cards = Làm thẻ
progress-verify = Kiểm tra lại
person-refused = Người { $person }: { $why }
request-refused = Đề nghị { $request }: { $why }
card-refused = Thẻ { $card }: { $why }
requested = Đã đề nghị cấp { $count } thẻ. Tiếp theo: một người khác duyệt bằng congvu approve.
approved = Đã duyệt { $count } đề nghị. Tiếp theo: congvu station run.
handed-over = Đã giao { $count } thẻ; các thẻ này có hiệu lực.
requested-none = Không lập đề nghị nào: không còn ai có ảnh mà chưa có thẻ hay đề nghị.
approved-none = Không duyệt đề nghị nào.
handed-over-none = Không giao thẻ nào.
no-such-card = Không có thẻ { $serial }.
revoke-dry-run = Thẻ { $serial } đang ở trạng thái “{ $state }” sẽ bị thu hồi. Thu hồi không thể hoàn lại.
valid-through = Có giá trị đến hết ngày { $date }
tray-running = Khay đang chạy: { $blank } phôi, { $done } thẻ đã xong, { $rejected } thẻ bị loại. pcscd riêng: { $socket }. Nhấn Ctrl-C để dừng.
sample-done = Đã ghi { $good } người và { $bad } dòng sai vào { $folder }.
station-unfinished = Thẻ { $serial } (chip { $uid }) chưa xong từ lần trước; sẽ làm tiếp khi chip nằm trên đầu đọc.
station-resumed = Làm tiếp thẻ trên chip { $uid }.
station-plan = Chip { $chip } { $size } KB: ghi hồ sơ đã ký và ảnh.
station-plan-no-photo = Chip { $chip } { $size } KB: ghi hồ sơ đã ký, không ghi ảnh (chip không đủ chỗ hoặc chưa có ảnh nhỏ).
station-spoiled = Hỏng phôi { $uid } (thẻ { $serial }): { $why }. Đề nghị này sẽ được làm trên phôi khác.
station-returned = Trả lại đề nghị của thẻ { $serial }: { $why }. Phôi chưa bị ghi.
station-chip-refused = Không dùng chip { $uid }: { $why }.
station-watch = Trạm đang chờ lệnh. Mở trang Trạm làm thẻ trên trình duyệt để cho chạy.
station-started = Nhận lệnh: trạm bắt đầu làm thẻ.
station-paused = Trạm dừng và chờ lệnh.
station-attention = Cần người xem: { $why }. Cách xử lý có trên trang Trạm làm thẻ.
station-chip-unnamed = Không dùng chip trên đầu đọc: loại chip lạ, hoặc chip giấu số hiệu của nó.
station-again = Thử lại thẻ trên đầu đọc: { $why }
station-waits = Máy chủ chưa trả lời; trạm đang chờ.
station-no-blanks = Hết phôi. Nạp thêm phôi rồi chạy lại lệnh này.
station-done = Xong: { $ready } thẻ sẵn sàng, { $spoiled } phôi hỏng, { $returned } đề nghị trả lại; { $seconds } giây, { $exchanges } lệnh mỗi thẻ.
spoiled-keys-unknown = không khoá nào mở được chip
spoiled-not-blank = chip không trống
spoiled-write-refused = chip từ chối ghi
spoiled-read-back-differs = đọc lại khác với đã ghi
unmakeable-face-overflow = chữ không vừa mặt thẻ
unmakeable-glyph-missing = phông chữ thiếu một chữ cái
unmakeable-portrait-unreadable = không đọc được ảnh chân dung
unmakeable-qr-unreadable = mã QR không đọc được
unmakeable-record-too-long = hồ sơ dài hơn chỗ trên chip
chip-already-a-card = đã là thẻ hoàn chỉnh
chip-spoiled = phôi đã bị loại
chip-elsewhere = trạm khác đang làm
chip-unsuitable = loại chip chưa dùng được
check-wait = Đặt thẻ lên đầu đọc.
check-valid = ✓ THẺ CÓ HIỆU LỰC
check-not-valid = ✗ THẺ KHÔNG CÓ HIỆU LỰC LÚC NÀY (trạng thái: { $state })
check-proof-data = Dữ liệu: thật (chữ ký đúng, gắn với chip này)
check-proof-chip = Chip: chứng minh bằng khoá của đầu đọc; ai lấy trộm đầu đọc thì giả được
check-proof-photo = Ảnh trên chip: đúng ảnh đã ký
check-not-proven = Không chứng minh được: thẻ có bị chuyển tiếp từ nơi khác hay không
check-no-payload = Nội dung này không phải mã QR của thẻ ({ $why })
check-no-picture = { $path } không phải ảnh đọc được
check-no-qr = Không tìm thấy mã QR trên { $path }
check-differs = Chữ trong mã khác với sổ đăng ký: { $fields }
check-qr-proves = Mã QR không chứng minh chip; so ảnh và tên trên thẻ với người cầm thẻ.
state-produced = đang làm
state-ready = chờ giao
state-active = có hiệu lực
state-locked = bị khoá
state-revoked = đã thu hồi
state-expired = hết hạn
state-spoiled = hỏng
state-cancelled = đã huỷ
state-unknown = không có trong sổ đăng ký
refused-not-from-here = trạng thái hiện tại không cho phép việc này
refused-requester-is-approver = người đề nghị không được tự duyệt; cần một người khác
refused-approver-is-activator = người duyệt không được giao thẻ; cần một người khác
refused-locker-is-unlocker = người khoá không được mở khoá; cần một người khác
refused-own-card = không ai được xử lý thẻ của chính mình, trừ báo mất
refused-unknown-authority = không có cơ quan quản lý này
refused-unknown-person = không có người này
refused-unknown-request = không có đề nghị này
refused-unknown-card = không có thẻ này
refused-erased = dữ liệu của người này đã bị xoá
refused-no-photo = chưa có ảnh; nhập ảnh rồi đề nghị lại
refused-has-card = đã có thẻ
refused-has-request = đã có đề nghị đang chờ
refused-no-card-to-replace = không có thẻ cũ để thay
refused-content-changed = dữ liệu đã thay đổi sau khi đề nghị; đề nghị lại
refused-already-expired = thẻ sẽ hết hạn ngay khi làm
refused-other-chip = thẻ nằm trên chip khác
refused-other-station = trạm khác đang làm thẻ này
refused-evidence-incomplete = bằng chứng đọc lại chưa đủ
refused-evidence-differs = chip không chứa đúng dữ liệu của thẻ này
refused-nothing-attached = chưa có hồ sơ nào gắn với thẻ
refused-already-reported = thẻ đã được báo với kết quả khác
demo-not-in-production = Không chạy trình diễn cùng với --production.
demo-runs = Một bản trình diễn khác đang chạy trong { $path }.
demo-not-here = { $path } chứa một hệ thống thật; hãy chọn thư mục khác bằng --data.
demo-next = Mở trong trình duyệt:  { $address }
    Đăng nhập bằng một trong sáu tài khoản; mật khẩu là { $password }, mã một lần được điền sẵn trên trang:

    hr          cán bộ nhân sự      approver    người duyệt
    operator    người vận hành      activator   người giao thẻ
    guard       bảo vệ              auditor     người kiểm soát

    Danh sách và ảnh mẫu để tải lên: { $path }/sample

    Hoặc bằng dòng lệnh, trong một cửa sổ khác:

    { $run } intake check { $path }/sample/staff.xlsx
    { $run } request --as hr
    { $run } approve --as approver --all
    { $run } station run --as operator
    { $run } hand-over --as activator --all
    { $run } card list
    { $run } check chip --tray SERIAL
    { $run } card lock SERIAL --reason lost --as guard

    Nhấn Ctrl-C để dừng tất cả.
doctor-ready = Máy này đã sẵn sàng.
doctor-not-ready = Máy này chưa sẵn sàng; sửa các mục ✗ ở trên.
doctor-program = { $name }: có
doctor-no-program = { $name }: chưa có; cài bằng: apt-get install { $package }
doctor-namespaces = Không gian tên người dùng: có (khay thẻ phần mềm chạy được)
doctor-no-namespaces = Không gian tên người dùng: không được phép; khay thẻ phần mềm không chạy được, thẻ nhựa vẫn dùng được
doctor-folder = Thư mục dữ liệu: { $path }
doctor-no-folder = Chưa có thư mục dữ liệu { $path }; chạy congvu init hoặc congvu demo
doctor-vault = Kho khoá: mở được
doctor-vault-demo = Kho khoá: mở được, là bộ khoá TRÌNH DIỄN
doctor-no-vault = Kho khoá không mở được: { $why }
doctor-database = Cơ sở dữ liệu: { $path }
doctor-no-database = Chưa có cơ sở dữ liệu { $path }
doctor-profile = Quy định đang dùng: { $name }
doctor-no-profile = Tệp quy định không dùng được: { $why }

refused-stranger = Cơ quan { $code } không thuộc hệ thống này; hãy bỏ các dòng đó hoặc nhập ở nơi quản lý.
refused-file = { $path }: { $why }
refused-map = --map cần dạng CỘT=TRƯỜNG; các trường: { $fields }
refused-value = { $option } nhận một trong các giá trị: { $values }
refused-listen = { $address } không phải địa chỉ riêng của máy này; chưa có TLS nên máy chủ không nghe trên mạng.
refused-reader-name = Tên đầu đọc không hợp lệ.
refused-installed = Trong { $path } đã có một hệ thống.
refused-station = Trạm { $name } đã có mã.
refused-agency = { $code } không phải mã định danh đang có hiệu lực ngày { $date }.
refused-nobody = Ai làm việc này? Nêu tài khoản bằng --as TÀI_KHOẢN (hoặc CONGVU_AS).
refused-no-installation = Chưa có hệ thống nào trong { $path }; hãy chạy `congvu demo`, hoặc `congvu init --authority MÃ`.
check-link = Thẻ rời đầu đọc trước khi đọc xong; hãy đặt lại.
check-not-ours = Thẻ này không có ứng dụng định danh.
check-chip-not-proven = Chip không chứng minh được khoá kiểm tra: không phải thẻ do các cơ quan ở đây cấp.
check-no-key = Không có khoá kiểm tra cho chip này.
check-no-record = Thẻ không có hồ sơ hoàn chỉnh.
check-record = Hồ sơ trên thẻ không thật: chữ ký sai hoặc không do cơ quan tin cậy ký.
check-other-chip = Hồ sơ thuộc về chip khác: đây là bản sao.
check-photo = Ảnh trên chip không phải ảnh đã ký.
check-unreadable = Không đọc được thẻ.
refused-no-passphrase = Hãy nêu tệp câu mật khẩu bằng --passphrase-file (để ở nơi khác với dữ liệu); chỉ bản trình diễn (--demo) mới tự tạo.
refused-demo-order = Đơn hàng này là của bản trình diễn; không làm khi vận hành thật.
refused-server-address = { $address } không phải địa chỉ của máy này; chưa có TLS nên trạm không gửi mã qua mạng.
refused-station-runs = Một trạm khác đang chạy trong { $path }.

# Tiến độ
progress-rows = Đọc danh sách
progress-people = Nhập sổ đăng ký
progress-requests = Đề nghị
progress-approvals = Duyệt
progress-hand-over = Giao thẻ
progress-rate = { $rate }/giây
progress-left = còn { $time }
intake-not-compared = Không so được với sổ đăng ký, các dòng còn lại chỉ được kiểm tra riêng: { $why }

# Trợ giúp: phần do chương trình ghép
cli-help = Xem trợ giúp của một lệnh
cli-value-options = TUỲ CHỌN
cli-value-command = LỆNH
cli-remark-values = [một trong: { $value }]
cli-remark-default = [mặc định: { $value }]
cli-remark-variable = [biến môi trường: { $value }]

# Dòng lệnh gõ sai
usage-unknown-argument = không có tuỳ chọn hay đối số { $name } ở đây
usage-unknown-command = không có lệnh { $name }
usage-no-command = thiếu tên lệnh
usage-missing = còn thiếu: { $names }
usage-conflict = { $name } không đi cùng { $other }
usage-twice = { $name } chỉ được nêu một lần
usage-no-value = { $name } cần một giá trị
usage-bad-value = { $name } không nhận giá trị “{ $value }”
usage-because = { $text }: { $why }
usage-too-many = { $name } có quá nhiều giá trị
usage-not-text = dòng lệnh có chữ không phải UTF-8
usage-unreadable = không đọc được dòng lệnh này
usage-values = Các giá trị: { $values }
usage-perhaps = Có phải ý là: { $name }?
usage-see = Cách dùng: { $usage } (trợ giúp: { $help })

# Điều gì đã xảy ra với thẻ
action-authority-added = thêm cơ quan quản lý
action-authority-renamed = đổi tên cơ quan quản lý
action-person-added = thêm người
action-person-changed = sửa dữ liệu của người
action-person-erased = xoá dữ liệu của người
action-request-drafted = lập đề nghị
action-request-submitted = gửi đề nghị
action-request-checked = kiểm tra đề nghị
action-request-approved = duyệt đề nghị
action-request-returned = trả lại đề nghị
action-request-rejected = từ chối đề nghị
action-request-queued = đưa đề nghị vào hàng chờ
action-request-production-begun = bắt đầu làm thẻ
action-request-requeued = đưa đề nghị lại vào hàng chờ
action-request-fulfilled = hoàn thành đề nghị
action-request-cancelled = huỷ đề nghị
action-card-begun = bắt đầu thẻ trên chip
action-card-claim-renewed = trạm nhận lại thẻ
action-card-claim-moved = trạm khác nhận thẻ
action-card-record-attached = ký hồ sơ của thẻ
action-card-read-back = đọc lại thẻ, đúng
action-card-readied = thẻ sẵn sàng
action-card-spoilage = hỏng phôi
action-card-spoiled = bỏ thẻ vì hỏng phôi
action-card-unmakeable = không làm được thẻ
action-card-cancelled = huỷ thẻ
action-card-activated = giao thẻ, có hiệu lực
action-card-locked = khoá thẻ
action-card-unlocked = mở khoá thẻ
action-card-revoked = thu hồi thẻ
action-card-expired = thẻ hết hạn

# Việc đang làm khi có trục trặc
with-detail = { $text } (chi tiết: { $detail })
doing-read = không đọc được { $path }
doing-write = không ghi được { $path }
doing-create = không tạo được { $path }
doing-lock = không khoá được { $path }
doing-token = không đọc được mã của trạm ở { $path }
doing-profile = tệp quy định { $path } không dùng được
doing-station = không khởi động được trạm
doing-restart = chương trình không tự khởi động lại được
doing-open = không mở được { $path }
doing-listen = không lắng nghe được ở { $path }
demo-station-failed = trạm cá thể hoá dừng vì trục trặc nêu ở trên
refused-no-home = Không rõ thư mục dữ liệu vì biến HOME trống; hãy nêu bằng --data.
refused-orphan = Bản trình diễn khởi động trạm này đã dừng.
refused-qr = nội dung không thành mã QR quét được

# Nguyên nhân
cause-unknown = có trục trặc
cause-not-found = không tìm thấy
cause-permission = không có quyền
cause-exists = đã có rồi
cause-address-in-use = chương trình khác đang dùng địa chỉ này
cause-address-not-here = địa chỉ này không có trên máy
cause-disk-full = đĩa đầy
cause-read-only = đĩa chỉ cho đọc
cause-is-folder = đó là một thư mục
cause-no-folder = đó không phải thư mục
cause-connection-refused = không có chương trình nào trả lời ở đó
cause-timed-out = chờ quá lâu
cause-not-text = nội dung không phải văn bản UTF-8
cause-database-unavailable = cơ sở dữ liệu lúc này không dùng được
cause-database-corrupt = cơ sở dữ liệu có giá trị không thể có ({ $place })
cause-database-foreign = cơ sở dữ liệu do bản mới hơn hoặc chương trình khác ghi
cause-busy = người khác đang sửa cùng dữ liệu; hãy thử lại
cause-vault-unavailable = kho khoá lúc này không dùng được
cause-sealed = dữ liệu niêm phong không mở được: kho khoá khác, hoặc dữ liệu đã bị sửa
cause-photos-unavailable = kho ảnh lúc này không dùng được
cause-photos-missing = thiếu một ảnh trong kho ảnh
cause-photos-changed = một ảnh trong kho ảnh đã bị sửa
cause-card-work = không làm việc được với thẻ trên đầu đọc
cause-card-refused = thẻ từ chối { $what }
cause-card-nonsense = thẻ trả lời { $what } sai giao thức
cause-card-forged = câu trả lời cho { $what } không chứng minh được khoá
cause-card-misuse = lệnh gửi thẻ không hợp lệ
cause-card-image = tệp của thẻ phần mềm bị hỏng
cause-card-image-newer = tệp của thẻ phần mềm do bản mới hơn ghi
cause-hidden-uid = chip giấu số của nó
cause-chip-small = chip không đủ chỗ
cause-map-keys = bố trí khoá trên chip không hợp lệ
cause-map-files = bố trí tệp trên chip không hợp lệ
cause-bad-key = khoá công khai không đọc được
cause-order = đơn hàng không hợp với trạm này
cause-no-reader = không thấy đầu đọc; hãy cắm đầu đọc vào máy
cause-no-card = không có thẻ nào được đặt lên đầu đọc
cause-card-stays = thẻ chưa được lấy khỏi đầu đọc
cause-order-other-chip = nội dung dành cho chip khác
cause-journal = nhật ký của trạm { $path } không dùng được
cause-journal-corrupt = nhật ký { $path }, dòng { $line } không đúng: tệp bị sửa tay hoặc đĩa hỏng
cause-faces = không hoàn thành được mặt thẻ
cause-face-design = mẫu mặt thẻ sai ở { $place }
cause-face-picture = không đọc lại được hình mặt trước
cause-face-keep = không lưu được mặt thẻ vào { $path }
cause-artwork = hình nêu ở { $key } không phải SVG, PNG hay JPEG đọc được
cause-decoder = bộ giải mã { $name } tự hỏng
cause-no-zbar = không chạy được zbarimg; cài gói zbar-tools
cause-server-unavailable = máy chủ không trả lời
cause-server-unauthorised = máy chủ không nhận mã của trạm này
cause-server-refused = máy chủ từ chối ({ $why })
cause-server-nonsense = máy chủ trả lời không hiểu được
cause-config-parse = tệp cấu hình { $path } không đúng
cause-config-value = { $path }, khoá { $key } không dùng được
cause-toml = dòng { $line }, cột { $column } ({ $why })
config-dpi = chỉ nhận 300 hoặc 600
config-listen = phải là địa chỉ của riêng máy này (127.0.0.1 hoặc ::1), vì chưa có TLS
config-status-uri = phải là địa chỉ https dài không quá 64 ký tự
cause-profile-contradiction = quy định tự mâu thuẫn ở { $key } ({ $why })
cause-table = bảng mã không đọc được
cause-table-value = bảng mã có giá trị sai “{ $value }”
cause-qr-form = không đúng dạng của mã trên thẻ
cause-qr-number = chỗ của số hiệu thẻ không phải số hiệu
cause-agency = không có cơ quan { $code } đang mở
cause-too-many-people = quá nhiều người cho một lần tạo
cause-too-many-rows = một trang tính chỉ chứa được 1 048 576 dòng
cause-list = không ghi được danh sách mẫu
cause-portraits = không ghi được ảnh mẫu
cause-serial = số sê-ri của thẻ có chín chữ và số, ví dụ K7Q2-9XWM-4
cause-serial-check = ký tự kiểm tra của số sê-ri không khớp; có thể gõ nhầm một ký tự
cause-account = tên tài khoản có 1 đến 64 ký tự a-z, 0-9, dấu chấm, gạch dưới, gạch nối
cause-lang = ngôn ngữ là vi hoặc en
cause-number = cần một số nguyên không âm, không quá lớn
cause-address = cần địa chỉ dạng 127.0.0.1:8380
cause-batch = mã đợt do lệnh request in ra

# Tài khoản
account-made = Tài khoản { $name } ({ $role }, { $full }) đã được tạo.
account-again = Tài khoản { $name } có mật khẩu và khoá mã một lần mới; mật khẩu cũ không dùng được nữa.
account-secrets =
    Mật khẩu:         { $password }
    Khoá mã một lần:  { $secret }
    { $uri }

    Trao tận tay người dùng. Những dòng này không xem lại được; nếu mất, chạy: congvu account reset { $name }
account-scan = Quét mã này bằng ứng dụng tạo mã một lần trên điện thoại:
account-disabled = Tài khoản { $name } đã ngừng; mọi phiên của tài khoản này đã kết thúc.
account-enabled = Tài khoản { $name } đăng nhập lại được.
account-none = Chưa có tài khoản nào. Tạo bằng: congvu account add TÊN --role hr --name "HỌ VÀ TÊN"
account-everywhere = mọi cơ quan ở đây
account-off = đã ngừng
account-on = đang dùng
role-hr = cán bộ tổ chức
role-approver = người duyệt
role-operator = vận hành trạm
role-activator = người giao thẻ
role-guard = bảo vệ
role-auditor = kiểm toán
refused-account-exists = Đã có tài khoản { $name }; để cấp lại mật khẩu, chạy: congvu account reset { $name }
refused-account-unknown = Không có tài khoản { $name }; xem các tài khoản bằng: congvu account list
refused-account-full-name = Họ và tên cần từ 1 đến 100 ký tự và nằm trên một dòng.
cause-account-exists = đã có tài khoản với tên này
cause-account-unknown = không có tài khoản với tên này
cause-account-hash = lúc này không tính được mật khẩu; máy thiếu bộ nhớ hoặc chương trình đang dừng
