//! Code points: instructions and status bytes. Unknown values are kept.

use core::fmt;

macro_rules! code_points {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $constant:ident = $value:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Eq, Hash, PartialEq)]
        pub struct $name(pub u8);

        impl $name {
            $($(#[$item])* pub const $constant: Self = Self($value);)*
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match *self {
                    $(Self::$constant => f.write_str(stringify!($constant)),)*
                    Self(other) => write!(f, "0x{other:02X}"),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self, f)
            }
        }
    };
}

code_points! {
    /// Instruction byte of a native command.
    ///
    /// Source: NXP AN12343 rev. 1.1 §5 (MIFARE DESFire Light), and behaviour seen on DESFire EV1 to
    /// EV3.
    Ins {
        /// `Authenticate`: DES and two-key triple DES, D40 messaging.
        AUTHENTICATE = 0x0A;
        /// `AuthenticateISO`: DES and triple DES keys, EV1 messaging.
        AUTHENTICATE_ISO = 0x1A;
        /// `AuthenticateAES`: AES keys, EV1 messaging.
        AUTHENTICATE_AES = 0xAA;
        /// `AuthenticateEV2First` and `AuthenticateLRPFirst`: AES keys, EV2 or LRP messaging.
        AUTHENTICATE_EV2_FIRST = 0x71;
        /// `AuthenticateEV2NonFirst` and `AuthenticateLRPNonFirst`: a further key in the same
        /// transaction.
        AUTHENTICATE_EV2_NON_FIRST = 0x77;
        /// The next frame of a chain.
        ADDITIONAL_FRAME = 0xAF;
        /// `GetVersion`.
        GET_VERSION = 0x60;
        /// `GetCardUID`.
        GET_CARD_UID = 0x51;
        /// `FreeMem`.
        FREE_MEMORY = 0x6E;
        /// `GetApplicationIDs`.
        GET_APPLICATION_IDS = 0x6A;
        /// `GetDFNames`.
        GET_DF_NAMES = 0x6D;
        /// `SelectApplication`.
        SELECT_APPLICATION = 0x5A;
        /// `CreateApplication`.
        CREATE_APPLICATION = 0xCA;
        /// `DeleteApplication`.
        DELETE_APPLICATION = 0xDA;
        /// `CreateDelegatedApplication`.
        CREATE_DELEGATED_APPLICATION = 0xC9;
        /// `GetDelegatedInfo`.
        GET_DELEGATED_INFO = 0x69;
        /// `FormatPICC`.
        FORMAT_PICC = 0xFC;
        /// `GetKeySettings`.
        GET_KEY_SETTINGS = 0x45;
        /// `ChangeKeySettings`.
        CHANGE_KEY_SETTINGS = 0x54;
        /// `GetKeyVersion`.
        GET_KEY_VERSION = 0x64;
        /// `ChangeKey`.
        CHANGE_KEY = 0xC4;
        /// `ChangeKeyEV2`: a key of any key set.
        CHANGE_KEY_EV2 = 0xC6;
        /// `InitializeKeySet`.
        INITIALIZE_KEY_SET = 0x56;
        /// `FinalizeKeySet`.
        FINALIZE_KEY_SET = 0x57;
        /// `RollKeySet`.
        ROLL_KEY_SET = 0x55;
        /// `SetConfiguration`.
        SET_CONFIGURATION = 0x5C;
        /// `CreateStdDataFile`.
        CREATE_STD_DATA_FILE = 0xCD;
        /// `CreateBackupDataFile`.
        CREATE_BACKUP_DATA_FILE = 0xCB;
        /// `CreateValueFile`.
        CREATE_VALUE_FILE = 0xCC;
        /// `CreateLinearRecordFile`.
        CREATE_LINEAR_RECORD_FILE = 0xC1;
        /// `CreateCyclicRecordFile`.
        CREATE_CYCLIC_RECORD_FILE = 0xC0;
        /// `CreateTransactionMACFile`.
        CREATE_TRANSACTION_MAC_FILE = 0xCE;
        /// `DeleteFile`.
        DELETE_FILE = 0xDF;
        /// `GetFileIDs`.
        GET_FILE_IDS = 0x6F;
        /// `GetISOFileIDs`.
        GET_ISO_FILE_IDS = 0x61;
        /// `GetFileSettings`.
        GET_FILE_SETTINGS = 0xF5;
        /// `ChangeFileSettings`.
        CHANGE_FILE_SETTINGS = 0x5F;
        /// `GetFileCounters`.
        GET_FILE_COUNTERS = 0xF6;
        /// `ReadData`, chained by [`Ins::ADDITIONAL_FRAME`].
        READ_DATA = 0xBD;
        /// `ReadData` of the family that never chains by [`Ins::ADDITIONAL_FRAME`].
        READ_DATA_LONG = 0xAD;
        /// `WriteData`, chained by [`Ins::ADDITIONAL_FRAME`].
        WRITE_DATA = 0x3D;
        /// `WriteData` of the family that never chains by [`Ins::ADDITIONAL_FRAME`].
        WRITE_DATA_LONG = 0x8D;
        /// `ReadRecords`, chained by [`Ins::ADDITIONAL_FRAME`].
        READ_RECORDS = 0xBB;
        /// `ReadRecords` of the family that never chains by [`Ins::ADDITIONAL_FRAME`].
        READ_RECORDS_LONG = 0xAB;
        /// `WriteRecord`, chained by [`Ins::ADDITIONAL_FRAME`].
        WRITE_RECORD = 0x3B;
        /// `WriteRecord` of the family that never chains by [`Ins::ADDITIONAL_FRAME`].
        WRITE_RECORD_LONG = 0x8B;
        /// `UpdateRecord`, chained by [`Ins::ADDITIONAL_FRAME`].
        UPDATE_RECORD = 0xDB;
        /// `UpdateRecord` of the family that never chains by [`Ins::ADDITIONAL_FRAME`].
        UPDATE_RECORD_LONG = 0xBA;
        /// `ClearRecordFile`.
        CLEAR_RECORD_FILE = 0xEB;
        /// `GetValue`.
        GET_VALUE = 0x6C;
        /// `Credit`.
        CREDIT = 0x0C;
        /// `Debit`.
        DEBIT = 0xDC;
        /// `LimitedCredit`.
        LIMITED_CREDIT = 0x1C;
        /// `RestoreTransfer`.
        RESTORE_TRANSFER = 0xB1;
        /// `CommitTransaction`.
        COMMIT_TRANSACTION = 0xC7;
        /// `AbortTransaction`.
        ABORT_TRANSACTION = 0xA7;
        /// `CommitReaderID`.
        COMMIT_READER_ID = 0xC8;
        /// `Read_Sig`.
        READ_SIGNATURE = 0x3C;
        /// `PreparePC`.
        PREPARE_PROXIMITY_CHECK = 0xF0;
        /// `ProximityCheck`.
        PROXIMITY_CHECK = 0xF2;
        /// `VerifyPC`.
        VERIFY_PROXIMITY_CHECK = 0xFD;
    }
}

code_points! {
    /// Status byte of an answer, the second of `91 xx`.
    Status {
        /// Done.
        OK = 0x00;
        /// Nothing to commit or to abort.
        NO_CHANGES = 0x0C;
        /// The memory is full.
        OUT_OF_MEMORY = 0x0E;
        /// The card does not know the command, or not in this state.
        ILLEGAL_COMMAND = 0x1C;
        /// CRC, MAC or padding of the command is wrong.
        INTEGRITY_ERROR = 0x1E;
        /// No such key.
        NO_SUCH_KEY = 0x40;
        /// The command's length is wrong.
        LENGTH_ERROR = 0x7E;
        /// Done; some commands report success so.
        OK_ISO = 0x90;
        /// The settings or the file's rights forbid it.
        PERMISSION_DENIED = 0x9D;
        /// A parameter is out of range.
        PARAMETER_ERROR = 0x9E;
        /// No such application.
        APPLICATION_NOT_FOUND = 0xA0;
        /// The application is damaged and was disabled.
        APPLICATION_INTEGRITY = 0xA1;
        /// The card wants time after failed attempts; ask again.
        AUTHENTICATION_DELAY = 0xAD;
        /// The key is wrong, of another type, or not proven.
        AUTHENTICATION_ERROR = 0xAE;
        /// More frames follow, or are expected.
        ADDITIONAL_FRAME = 0xAF;
        /// Beyond the end of a file.
        BOUNDARY_ERROR = 0xBE;
        /// The card is damaged and was disabled.
        PICC_INTEGRITY = 0xC1;
        /// The command before was not finished.
        COMMAND_ABORTED = 0xCA;
        /// The card is disabled.
        PICC_DISABLED = 0xCD;
        /// Too many applications or files.
        COUNT_ERROR = 0xCE;
        /// It exists already.
        DUPLICATE = 0xDE;
        /// The EEPROM failed.
        EEPROM_ERROR = 0xEE;
        /// No such file.
        FILE_NOT_FOUND = 0xF0;
        /// The file is damaged and was disabled.
        FILE_INTEGRITY = 0xF1;
    }
}

impl Status {
    /// Whether the command was carried out in full.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::OK | Self::OK_ISO)
    }

    /// What this status means as the answer to `ins`, for a technician.
    pub const fn meaning(self, ins: Ins) -> &'static str {
        let authenticates = matches!(
            ins,
            Ins::AUTHENTICATE
                | Ins::AUTHENTICATE_ISO
                | Ins::AUTHENTICATE_AES
                | Ins::AUTHENTICATE_EV2_FIRST
                | Ins::AUTHENTICATE_EV2_NON_FIRST
        );
        match self {
            Self::AUTHENTICATION_ERROR if authenticates => {
                "the key is wrong or of another type than the command needs"
            }
            Self::AUTHENTICATION_ERROR => "the proven key does not allow this",
            Self::PERMISSION_DENIED if authenticates => {
                "the card's settings forbid this authentication, or the key is blocked for ever \
                 after too many failures"
            }
            Self::PERMISSION_DENIED => "the card's settings or the file's rights forbid this",
            Self::NO_CHANGES => "nothing was waiting to be committed or taken back",
            Self::NO_SUCH_KEY => "the application has no key of this number",
            Self::OUT_OF_MEMORY => "the card's memory is full",
            Self::ILLEGAL_COMMAND if authenticates => {
                "this generation of card does not have this authentication"
            }
            Self::ILLEGAL_COMMAND => "the card does not have this command, or not in this state",
            Self::INTEGRITY_ERROR if matches!(ins, Ins::CHANGE_KEY | Ins::CHANGE_KEY_EV2) => {
                "the cryptogram is wrong: wrong old key, or key type bits missing"
            }
            Self::INTEGRITY_ERROR => "the MAC or padding of the command did not verify",
            Self::LENGTH_ERROR => "the command or its answer has an impossible length",
            Self::PARAMETER_ERROR => "a parameter is out of range",
            Self::APPLICATION_NOT_FOUND => "there is no such application",
            Self::FILE_NOT_FOUND => "there is no such file",
            Self::BOUNDARY_ERROR
                if matches!(ins, Ins::CREDIT | Ins::DEBIT | Ins::LIMITED_CREDIT) =>
            {
                "the value would leave its limits"
            }
            Self::BOUNDARY_ERROR => "beyond the end of the file",
            Self::DUPLICATE => "it exists already",
            Self::COUNT_ERROR => "no further application or file fits",
            Self::AUTHENTICATION_DELAY => "the card delays after failed attempts; ask again",
            Self::COMMAND_ABORTED => "the command before was not finished",
            Self::EEPROM_ERROR => "the card's memory failed",
            Self::PICC_DISABLED | Self::PICC_INTEGRITY => "the card is damaged and disabled",
            Self::APPLICATION_INTEGRITY => "the application is damaged and disabled",
            Self::FILE_INTEGRITY => "the file is damaged and disabled",
            _ => "unexpected status",
        }
    }
}
