# Help of the command line
cli = The electronic card of cadres, civil servants and public employees: from a staff list to working cards
cli-help-template = {"{"}about{"}"}

    Usage: {"{"}usage{"}"}

    {"{"}all-args{"}"}
cli-heading-commands = Commands
cli-heading-arguments = Arguments
cli-heading-options = Options
cli-arg-data = Data folder (default ~/.local/share/congvu)
cli-arg-format = Form of the result on standard output
cli-arg-lang = Language
cli-arg-actor = Account of the person who does this
cli-arg-production = Real operation: refuse demonstration keys
cli-arg-help = Show help
cli-arg-version = Show the version
cli-demo = Try the whole main job on this machine with sample data
cli-demo-once = Do the whole job, then stop and print one line of JSON
cli-demo-fresh = Delete the old demonstration data and begin anew
cli-demo-people = How many valid people the sample list holds
cli-init = Create database and key vault for a managing authority
cli-init-authority = Level-1 agency code of the managing authority, such as G09
cli-init-passphrase-file = File that holds the vault's passphrase
cli-init-demo = Create a demonstration vault, refused in real operation
cli-intake = Check and load staff lists
cli-intake-check = Check a list without writing anything
cli-intake-check-file = XLSX or CSV file
cli-intake-check-sheet = Name of the sheet
cli-intake-check-map = Give a column to a field, such as F=personal_id
cli-intake-check-convert = Convert from a legacy encoding
cli-intake-load = Load the good rows into the registry
cli-intake-load-file = XLSX or CSV file
cli-intake-load-sheet = Name of the sheet
cli-intake-load-map = Give a column to a field, such as F=personal_id
cli-intake-load-convert = Convert from a legacy encoding
cli-intake-load-photos = Portraits: a ZIP file or a folder
cli-request = Ask for cards for the people who have none
cli-request-limit = At most this many people
cli-approve = Approve a batch of requests (another person than the requester)
cli-approve-batch = The batch, as printed by request
cli-approve-all = Every waiting batch
cli-station = Personalisation station
cli-station-run = Make cards until no approved request is left
cli-station-run-server = Address of the server
cli-station-run-token-file = File that holds the station's token
cli-station-run-reader = Name of the reader (default: the first one)
cli-station-run-limit = At most this many cards
cli-station-run-watch = Wait for orders from the station's page: run when told, pause when told
cli-station-add = Register a station and make its token
cli-station-add-name = Name of the station, such as tram-01
cli-hand-over = Record that cards were handed to their holders; they become active
cli-hand-over-serials = Serials of the cards
cli-hand-over-all = Every card that is ready
cli-card = Show, lock, unlock and revoke cards
cli-card-list = List cards
cli-card-list-state = Only cards in this state
cli-card-show = Show a card and its history
cli-card-show-serial = Serial of the card
cli-card-lock = Lock a card at once
cli-card-lock-serial = Serial of the card
cli-card-lock-reason = Why
cli-card-unlock = Unlock a card (another person than who locked it)
cli-card-unlock-serial = Serial of the card
cli-card-revoke = Revoke a card for ever
cli-card-revoke-serial = Serial of the card
cli-card-revoke-reason = Why
cli-card-revoke-dry-run = Only say what would happen
cli-check = Check a card
cli-check-chip = Read and check the chip on the reader
cli-check-chip-reader = Name of the reader (default: the first one)
cli-check-chip-tray = Have the tray put the card with this serial on the reader first
cli-check-qr = Check a card's QR code
cli-check-qr-source = The text of the QR code, or a picture that shows it, or - to read standard input
cli-account = Accounts of those who sign in to the server
cli-account-add = Make an account; its password and one-time code secret are shown this once
cli-account-add-name = Name to sign in with, such as lan.hr
cli-account-add-role = Role
cli-account-add-full-name = Full name of the person
cli-account-add-authority = Works only with the managing agency of this code (default: all that are here)
cli-account-list = List accounts
cli-account-reset = Give a new password and one-time code secret; open sessions end
cli-account-reset-name = Name to sign in with
cli-account-disable = Disable an account; its open sessions end at once
cli-account-disable-name = Name to sign in with
cli-account-enable = Let a disabled account sign in again
cli-account-enable-name = Name to sign in with
cli-vcard = Software cards in place of plastic
cli-vcard-tray = Run a tray of software cards behind a private pcscd
cli-vcard-tray-add = Add N new blanks to the tray
cli-vcard-tray-model = Chip of the new blanks
cli-vcard-tray-size = Size of the new blanks
cli-sample = Make a sample list and sample portraits (no real people)
cli-sample-folder = Folder to write to
cli-sample-people = How many valid people
cli-sample-bad = How many bad rows among them
cli-sample-seed = Seed; the same seed gives the same result
cli-sample-csv = Write a CSV file too
cli-sample-no-photos = Draw no portraits
cli-serve = Run the server
cli-serve-listen = Address to listen on
cli-doctor = Say whether this machine is ready, what is missing and how to mend it
cli-config = Configuration file
cli-config-check = Check the configuration file and say which values are in force

# Results and notes
error = Error: { $why }
init-done = Database and vault are in { $path }. Next: congvu doctor, then congvu serve.
init-config = Wrote to congvu.toml where the passphrase is ({ $file }).
station-added = Station { $name } is registered. Its token is in { $path }; only the station may read it.
config-ok = Checked { $path }: valid.
config-defaults = There is no { $path }; the defaults are in force.
serving = The server runs at { $address }. Ctrl-C stops it.
intake-totals = Good { $ok }, to be looked at { $warn }, refused { $error }, skipped { $skip }.
intake-loaded = { $rows } rows: refused { $refused }; new { $new }, unchanged { $unchanged }, updated { $changed }; without photo { $without }.
progress-photos = Photos
progress-portraits = Drawing portraits
progress-cards = Cards
progress-verify = Checking again
person-refused = Person { $person }: { $why }
request-refused = Request { $request }: { $why }
card-refused = Card { $card }: { $why }
requested = Asked for { $count } cards. Next: another person approves with congvu approve.
approved = Approved { $count } requests. Next: congvu station run.
handed-over = Handed over { $count } cards; they are active.
requested-none = Asked for no card: nobody with a photo is without card and request.
approved-none = Approved no request.
handed-over-none = Handed over no card.
no-such-card = There is no card { $serial }.
revoke-dry-run = Card { $serial }, now “{ $state }”, would be revoked. That is for ever.
valid-through = Valid through { $date }
tray-running = The tray runs: { $blank } blanks, { $done } finished, { $rejected } rejected. Private pcscd: { $socket }. Ctrl-C stops it.
sample-done = Wrote { $good } people and { $bad } bad rows to { $folder }.
station-unfinished = Card { $serial } (chip { $uid }) was not finished last time; it goes on when the chip is on the reader.
station-resumed = Going on with the card on chip { $uid }.
station-plan = Chip { $chip } { $size } KB: signed record and photo are written.
station-plan-no-photo = Chip { $chip } { $size } KB: signed record is written, no photo (no room on the chip, or no small photo).
station-spoiled = Blank { $uid } is spoiled (card { $serial }): { $why }. The request will be made on another blank.
station-returned = The request of card { $serial } goes back: { $why }. The blank is untouched.
station-chip-refused = Chip { $uid } is not used: { $why }.
station-watch = The station waits for orders. Open the station's page in a browser to start it.
station-started = Order received: the station makes cards.
station-paused = The station pauses and waits for orders.
station-attention = Somebody has to look: { $why }. The station's page says what to do.
station-chip-unnamed = The chip on the reader is not used: an unknown kind, or one that hides its serial number.
station-again = Trying the card on the reader again: { $why }
station-waits = The server does not answer; the station waits.
station-no-blanks = No blank is left. Add blanks and run this again.
station-done = Done: { $ready } cards ready, { $spoiled } blanks spoiled, { $returned } requests returned; { $seconds } s, { $exchanges } commands a card.
spoiled-keys-unknown = no known key opens the chip
spoiled-not-blank = the chip is not blank
spoiled-write-refused = the chip refused a write
spoiled-read-back-differs = what was read back is not what was written
unmakeable-face-overflow = a text does not fit on the face
unmakeable-glyph-missing = a letter is in no font
unmakeable-portrait-unreadable = the portrait cannot be read
unmakeable-qr-unreadable = the QR code cannot be read
unmakeable-record-too-long = the record is longer than its place on the chip
chip-already-a-card = it is a finished card
chip-spoiled = it was given up before
chip-elsewhere = another station works on it
chip-unsuitable = this kind of chip cannot be used yet
check-wait = Put a card on the reader.
check-valid = ✓ THE CARD IS VALID
check-not-valid = ✗ THE CARD IS NOT VALID NOW (state: { $state })
check-proof-data = Data: genuine (signature right, bound to this chip)
check-proof-chip = Chip: proven by a reader's key; whoever steals the reader can imitate it
check-proof-photo = Photo on the chip: the one that was signed
check-not-proven = Not proven: that the card is not relayed from elsewhere
check-no-payload = This is not the text of a card's QR code ({ $why })
check-no-picture = { $path } is no readable picture
check-no-qr = No QR code found on { $path }
check-differs = The code says something else than the registry: { $fields }
check-qr-proves = A QR code does not prove the chip; compare photo and name with the holder.
state-produced = being made
state-ready = waits for hand-over
state-active = active
state-locked = locked
state-revoked = revoked
state-expired = expired
state-spoiled = spoiled
state-cancelled = cancelled
state-unknown = not in the registry
refused-not-from-here = the present state does not allow it
refused-requester-is-approver = who requests does not approve; another person is needed
refused-approver-is-activator = who approves does not hand over; another person is needed
refused-locker-is-unlocker = who locks does not unlock; another person is needed
refused-own-card = nobody acts on the own card, save reporting it lost
refused-unknown-authority = no such managing authority
refused-unknown-person = no such person
refused-unknown-request = no such request
refused-unknown-card = no such card
refused-erased = the person's data was erased
refused-no-photo = no photo; load one and ask again
refused-has-card = has a card already
refused-has-request = a request is open already
refused-no-card-to-replace = there is no old card to replace
refused-content-changed = the data changed after the request; ask again
refused-already-expired = the card would have expired when made
refused-other-chip = the card is on another chip
refused-other-station = another station makes this card
refused-evidence-incomplete = the read-back evidence is incomplete
refused-evidence-differs = the chip does not hold this card's data
refused-nothing-attached = no record is attached to the card
refused-already-reported = the card was reported with another outcome
demo-not-in-production = The demonstration does not run with --production.
demo-runs = Another demonstration runs in { $path }.
demo-not-here = { $path } holds a real installation; choose another folder by --data.
demo-next = Open in a browser:  { $address }
    Sign in as one of six; the password is { $password }, the page fills in the one-time code:

    hr          HR officer          approver    approver
    operator    station operator    activator   hands cards over
    guard       guard               auditor     auditor

    A sample list with photos to upload: { $path }/sample

    Or by commands, in another window:

    { $run } intake check { $path }/sample/staff.xlsx
    { $run } request --as hr
    { $run } approve --as approver --all
    { $run } station run --as operator
    { $run } hand-over --as activator --all
    { $run } card list
    { $run } check chip --tray SERIAL
    { $run } card lock SERIAL --reason lost --as guard

    Ctrl-C stops everything.
doctor-ready = This machine is ready.
doctor-not-ready = This machine is not ready; mend what is marked ✗.
doctor-program = { $name }: there
doctor-no-program = { $name }: missing; install with: apt-get install { $package }
doctor-namespaces = User namespaces: allowed (the tray of software cards can run)
doctor-no-namespaces = User namespaces: not allowed; the tray of software cards cannot run, plastic can
doctor-folder = Data folder: { $path }
doctor-no-folder = There is no data folder { $path }; run congvu init or congvu demo
doctor-vault = Vault: opens
doctor-vault-demo = Vault: opens, holds DEMONSTRATION keys
doctor-no-vault = The vault does not open: { $why }
doctor-database = Database: { $path }
doctor-no-database = There is no database { $path }
doctor-profile = Regulation in force: { $name }
doctor-no-profile = The profile cannot be used: { $why }

refused-stranger = Agency { $code } is not managed here; leave its rows out, or load them where it is.
refused-file = { $path }: { $why }
refused-map = --map takes COLUMN=FIELD; fields: { $fields }
refused-value = { $option } takes one of: { $values }
refused-listen = { $address } is not an address of this machine only; without TLS the server does not listen to a network.
refused-reader-name = That is no reader's name.
refused-installed = There is an installation in { $path } already.
refused-station = Station { $name } has a token already.
refused-agency = { $code } is no agency code in force on { $date }.
refused-nobody = Who does this? Name the account by --as ACCOUNT (or CONGVU_AS).
refused-no-installation = There is no installation in { $path }; run `congvu demo`, or `congvu init --authority CODE`.
check-link = The card left the reader before it was read; put it back.
check-not-ours = This card carries no identity application.
check-chip-not-proven = The chip does not prove the check key: not a card of the authorities here.
check-no-key = There is no check key for this chip.
check-no-record = The card holds no whole record.
check-record = The record on the card is not genuine: a wrong signature, or nobody trusted signed it.
check-other-chip = The record belongs to another chip: this is a copy.
check-photo = The photo on the chip is not the one that was signed.
check-unreadable = The card cannot be read.
refused-no-passphrase = Name the passphrase's file by --passphrase-file (kept apart from the data); only a demonstration (--demo) makes one by itself.
refused-demo-order = This order is a demonstration's; it is not made in real operation.
refused-server-address = { $address } is not an address of this machine; without TLS the station sends no token over a network.
refused-station-runs = Another station runs in { $path }.

# Progress
progress-rows = Reading the list
progress-people = Into the registry
progress-requests = Requests
progress-approvals = Approvals
progress-hand-over = Handing over
progress-rate = { $rate }/s
progress-left = { $time } left
intake-not-compared = Not compared with the registry; the other rows are checked by themselves: { $why }

# Help: what the program puts together
cli-help = Show the help of a command
cli-value-options = OPTIONS
cli-value-command = COMMAND
cli-remark-values = [one of: { $value }]
cli-remark-default = [default: { $value }]
cli-remark-variable = [variable: { $value }]

# A command line that cannot be read
usage-unknown-argument = there is no option or argument { $name } here
usage-unknown-command = there is no command { $name }
usage-no-command = a command is missing
usage-missing = missing: { $names }
usage-conflict = { $name } does not go with { $other }
usage-twice = { $name } may be given once only
usage-no-value = { $name } needs a value
usage-bad-value = { $name } does not take the value “{ $value }”
usage-because = { $text }: { $why }
usage-too-many = { $name } has too many values
usage-not-text = the command line holds text that is not UTF-8
usage-unreadable = this command line cannot be read
usage-values = Values: { $values }
usage-perhaps = Did you mean: { $name }?
usage-see = Usage: { $usage } (help: { $help })

# What happened to a card
action-authority-added = authority added
action-authority-renamed = authority renamed
action-person-added = person added
action-person-changed = person's data changed
action-person-erased = person's data erased
action-request-drafted = request drafted
action-request-submitted = request submitted
action-request-checked = request checked
action-request-approved = request approved
action-request-returned = request returned
action-request-rejected = request rejected
action-request-queued = request queued
action-request-production-begun = production begun
action-request-requeued = request queued again
action-request-fulfilled = request fulfilled
action-request-cancelled = request cancelled
action-card-begun = card begun on a chip
action-card-claim-renewed = claimed again by the station
action-card-claim-moved = claimed by another station
action-card-record-attached = record signed
action-card-read-back = read back, as written
action-card-readied = ready
action-card-spoilage = blank spoiled
action-card-spoiled = given up with its blank
action-card-unmakeable = could not be made
action-card-cancelled = cancelled
action-card-activated = handed over, active
action-card-locked = locked
action-card-unlocked = unlocked
action-card-revoked = revoked
action-card-expired = expired

# What was being done when something failed
with-detail = { $text } (detail: { $detail })
doing-read = cannot read { $path }
doing-write = cannot write { $path }
doing-create = cannot create { $path }
doing-lock = cannot lock { $path }
doing-token = cannot read the station's token in { $path }
doing-profile = the profile { $path } cannot be used
doing-station = cannot start the station
doing-restart = the program cannot start itself again
doing-open = cannot open { $path }
doing-listen = cannot listen on { $path }
demo-station-failed = the station failed as said above
refused-no-home = HOME is not set, so there is no data folder; name one by --data.
refused-orphan = The demonstration that started this station has ended.
refused-qr = the content makes no QR code that scans

# Causes
cause-unknown = something went wrong
cause-not-found = not found
cause-permission = no permission
cause-exists = exists already
cause-address-in-use = another program uses this address
cause-address-not-here = this machine does not have that address
cause-disk-full = the disk is full
cause-read-only = the disk may only be read
cause-is-folder = it is a folder
cause-no-folder = it is no folder
cause-connection-refused = no program answers there
cause-timed-out = it took too long
cause-not-text = the content is not UTF-8 text
cause-database-unavailable = the database is not usable right now
cause-database-corrupt = the database holds an impossible value ({ $place })
cause-database-foreign = the database was written by a newer release or another program
cause-busy = others are changing the same data; try again
cause-vault-unavailable = the vault is not usable right now
cause-sealed = sealed data does not open: another vault, or the data was changed
cause-photos-unavailable = the photo store is not usable right now
cause-photos-missing = a photo is missing from the store
cause-photos-changed = a photo in the store was changed
cause-card-work = the card on the reader cannot be worked on
cause-card-refused = the card refused { $what }
cause-card-nonsense = the card's answer to { $what } breaks the protocol
cause-card-forged = the answer to { $what } does not prove the key
cause-card-misuse = the command to the card is not possible
cause-card-image = the file of a software card is damaged
cause-card-image-newer = the file of a software card was written by a newer release
cause-hidden-uid = the chip hides its number
cause-chip-small = the chip has too little room
cause-map-keys = the keys of the chip map are not possible
cause-map-files = the files of the chip map are not possible
cause-bad-key = a public key cannot be read
cause-order = the order does not fit this station
cause-no-reader = there is no reader; connect one to this machine
cause-no-card = no card was put on the reader
cause-card-stays = the card was not taken off the reader
cause-order-other-chip = the content was made for another chip
cause-journal = the station's journal { $path } cannot be used
cause-journal-corrupt = journal { $path }, line { $line } is no entry: it was changed by hand or the disk is damaged
cause-faces = the faces could not be finished
cause-face-design = the design of the face is wrong at { $place }
cause-face-picture = the picture of the front cannot be read again
cause-face-keep = the faces cannot be kept in { $path }
cause-artwork = the artwork named by { $key } is no readable SVG, PNG or JPEG
cause-decoder = the decoder { $name } failed by itself
cause-no-zbar = zbarimg does not run; install the package zbar-tools
cause-server-unavailable = the server does not answer
cause-server-unauthorised = the server does not know this station's token
cause-server-refused = the server refuses ({ $why })
cause-server-nonsense = the server's answer makes no sense
cause-config-parse = the configuration { $path } is not valid
cause-config-value = { $path }, key { $key } cannot be used
cause-toml = line { $line }, column { $column } ({ $why })
config-dpi = it is 300 or 600
config-listen = it must be an address of this machine only (127.0.0.1 or ::1), for there is no TLS yet
config-status-uri = it is an https address of at most 64 characters
cause-profile-contradiction = the profile contradicts itself at { $key } ({ $why })
cause-table = a code table does not read
cause-table-value = a code table holds the wrong value “{ $value }”
cause-qr-form = it has not the form of a card's code
cause-qr-number = it holds no card number where one belongs
cause-agency = there is no open agency { $code }
cause-too-many-people = too many people for one run
cause-too-many-rows = a sheet holds at most 1 048 576 rows
cause-list = the sample list could not be written
cause-portraits = the sample portraits could not be written
cause-serial = a card serial is nine letters and digits, such as K7Q2-9XWM-4
cause-serial-check = the check character of the serial does not fit; one character may be mistyped
cause-account = an account is 1 to 64 of a-z, 0-9, full stop, underscore and hyphen
cause-lang = the language is vi or en
cause-number = a whole number is needed, not negative and not too large
cause-address = an address such as 127.0.0.1:8380 is needed
cause-batch = a batch is named as request printed it

# Accounts
account-made = Account { $name } ({ $role }, { $full }) was made.
account-again = Account { $name } has a new password and one-time code secret; the old ones no longer work.
account-secrets =
    Password:              { $password }
    One-time code secret:  { $secret }
    { $uri }

    Hand this to the person yourself. It cannot be shown again; when it is lost, run: congvu account reset { $name }
account-scan = Scan this with the authenticator on the phone:
account-disabled = Account { $name } is disabled; all its sessions have ended.
account-enabled = Account { $name } can sign in again.
account-none = There is no account yet. Make one by: congvu account add NAME --role hr --name "FULL NAME"
account-everywhere = every agency here
account-off = disabled
account-on = in use
role-hr = HR officer
role-approver = approver
role-operator = station operator
role-activator = activator
role-guard = guard
role-auditor = auditor
refused-account-exists = There is an account { $name } already; for a new password run: congvu account reset { $name }
refused-account-unknown = There is no account { $name }; see the accounts by: congvu account list
refused-account-full-name = A full name has 1 to 100 characters on one line.
cause-account-exists = there is an account of this name already
cause-account-unknown = there is no account of this name
cause-account-hash = the password cannot be computed right now; the machine lacks memory or the program is ending
