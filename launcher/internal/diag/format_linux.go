package diag

// nativeFormat is the format of this system's programs.
const nativeFormat = "ELF"
