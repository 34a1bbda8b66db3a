//===- CNames.cpp - the names of a program in C ---------------------------===//

#include "compiler/output/CNames.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace kdslc {

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

/// C99 to C23 and C++98 to C++23.
static constexpr llvm::StringLiteral keywords =
    "alignas alignof and and_eq asm atomic_cancel atomic_commit "
    "atomic_noexcept auto bitand bitor bool break case catch char char16_t "
    "char32_t char8_t class co_await co_return co_yield compl concept const "
    "const_cast consteval constexpr constinit continue decltype default delete "
    "do double dynamic_cast else enum explicit export extern false float for "
    "friend goto if inline int long mutable namespace new noexcept not not_eq "
    "nullptr operator or or_eq private protected public reflexpr register "
    "reinterpret_cast requires restrict return short signed sizeof static "
    "static_assert static_cast struct switch synchronized template this "
    "thread_local throw true try typedef typeid typename typeof typeof_unqual "
    "union unsigned using virtual void volatile wchar_t while xor xor_eq";

/// Types that the header uses, and macros that the C headers, or compilers in
/// their GNU modes, define with ordinary names.
static constexpr llvm::StringLiteral macrosAndTypes =
    "assert BUFSIZ CHAR_BIT CLOCKS_PER_SEC complex DOMAIN EDOM EILSEQ EOF "
    "ERANGE errno EXIT_FAILURE EXIT_SUCCESS false FILE FILENAME_MAX fpclassify "
    "fprintf HUGE_VAL HUGE_VALF HUGE_VALL i386 imaginary INFINITY int16_t "
    "int32_t int64_t int8_t intptr_t isfinite isgreater isgreaterequal isinf "
    "isless islessequal islessgreater isnan isnormal isunordered linux "
    "math_errhandling MB_CUR_MAX NAN noreturn NULL offsetof OVERFLOW PLOSS "
    "ptrdiff_t putc RAND_MAX setjmp SIG_DFL SIG_ERR SIG_IGN signbit SING "
    "size_t stderr stdin stdout TLOSS TMP_MAX true uint16_t uint32_t uint64_t "
    "uint8_t uintptr_t UNDERFLOW unix va_arg va_copy va_end va_list va_start "
    "WCHAR_MAX WCHAR_MIN";

/// Functions of math.h; each also with f and l at its end.
static constexpr llvm::StringLiteral mathFunctions =
    "acos acosh asin asinh atan atan2 atanh cabs cacos carg casin catan cbrt "
    "ccos ceil cexp cimag clog conj copysign cos cosh cpow cproj creal csin "
    "csqrt ctan drem erf erfc exp exp10 exp2 expm1 fabs fdim finite floor fma "
    "fmax fmin fmod frexp gamma hypot ilogb j0 j1 jn ldexp lgamma lgamma_r "
    "llrint llround log log10 log1p log2 logb lrint lround modf nan nearbyint "
    "nextafter nexttoward pow pow10 remainder remquo rint round roundeven "
    "scalb scalbln scalbn significand sin sincos sinh sqrt tan tanh tgamma "
    "trunc y0 y1 yn";

/// Other functions and objects of the C library and of POSIX.
static constexpr llvm::StringLiteral libraryFunctions =
    "abort abs accept access acct aligned_alloc alarm alphasort asctime "
    "asprintf at_quick_exit atexit atof atoi atol atoll basename bcmp bcopy "
    "bind brk bsearch btowc bzero calloc cfree chdir chmod chown chroot "
    "clearerr clock clone close closedir closelog confstr connect creat crypt "
    "ctermid ctime cuserid daemon daylight difftime dirfd dirname div dladdr "
    "dlclose dlerror dlopen dlsym dprintf drand48 dup dup2 ecvt encrypt "
    "endgrent endpwent environ epoll_create epoll_ctl epoll_wait erand48 err "
    "error errx execl execle execlp execv execve execvp exit faccessat fchdir "
    "fchmod fchown fclose fcntl fcvt fdatasync fdopen fdopendir feof ferror "
    "fexecve fflush ffs fgetc fgetpos fgets fgetwc fgetws fileno flock "
    "flockfile fmemopen fnmatch fopen fork fpathconf fputc fputs fputwc fputws "
    "fread free freeaddrinfo freopen fscanf fseek fseeko fsetpos fstat fstatfs "
    "fsync ftell ftello ftime ftok ftruncate ftrylockfile fts_open ftw "
    "funlockfile futimes fwide fwprintf fwrite fwscanf gai_strerror gcvt "
    "getaddrinfo getc getchar getcwd getdate getdelim getegid getentropy "
    "getenv geteuid getgid getgrent getgroups gethostname getitimer getline "
    "getloadavg getlogin getnameinfo getopt getopt_long getpagesize getpass "
    "getpgid getpgrp getpid getppid getpriority getpwent getpwnam getpwuid "
    "getrandom getrlimit getrusage gets getservbyname getsid getsockname "
    "getsockopt getsubopt gettext gettimeofday getuid getw getwc getwchar "
    "getwd globfree gmtime grantpt hcreate hdestroy hsearch htonl "
    "htons iconv imaxabs imaxdiv index inet_addr inet_ntoa inet_ntop inet_pton "
    "initgroups initstate insque ioctl isalnum isalpha isascii isatty isblank "
    "iscntrl isdigit isgraph islower isprint ispunct isspace isupper iswalnum "
    "iswalpha iswcntrl iswctype iswdigit iswlower iswspace iswupper isxdigit "
    "jrand48 kill killpg l64a labs lchown lcong48 ldiv lfind link linkat "
    "listen llabs lldiv localeconv localtime lockf login logout longjmp "
    "lrand48 lsearch lseek lstat madvise main mallinfo malloc mblen mbrlen "
    "mbrtowc mbsinit mbstowcs mbtowc mcheck memalign memccpy memchr memcmp "
    "memcpy memfrob memmem memmove mempcpy memset mincore mkdir mkdtemp mkfifo "
    "mknod mkostemp mkstemp mktemp mktime mlock mlockall mmap mount mprotect "
    "mrand48 mremap msgctl msgget msync mtrace munlock munmap nanosleep "
    "nftw nice nl_langinfo nrand48 ntohl ntohs on_exit open openat opendir "
    "openlog optarg opterr optind optopt pathconf pause pclose perror pipe "
    "poll popen posix_memalign prctl pread printf psignal pselect putchar "
    "putenv puts putw putwc pvalloc pwrite qecvt qfcvt qsort quick_exit raise "
    "rand rand_r random rcmd read readdir readlink readv realloc "
    "reallocarray realpath reboot recv recvfrom recvmsg regcomp regerror "
    "regexec regfree remove remque rename renameat rewind rewinddir rindex "
    "rmdir sbrk scandir scanf sched_yield seed48 seekdir select sem_init "
    "sem_post sem_wait send sendfile sendmsg sendto setbuf setbuffer setegid "
    "setenv seteuid setgid setgroups sethostname setitimer setkey setlinebuf "
    "setlocale setlogmask setpgid setpriority setrlimit setsid setsockopt "
    "setstate settimeofday setuid setvbuf shm_open shutdown sigaction "
    "sigaddset sigblock sigemptyset siginterrupt siglongjmp signal signgam "
    "sigpause sigpending sigprocmask sigsetmask sigsuspend sigwait sleep "
    "snprintf socket socketpair splice sprintf srand srand48 srandom sscanf "
    "stat statfs stime stpcpy stpncpy strcasecmp strcat strchr strcmp strcoll "
    "strcpy strcspn strdup strerror strfry strftime strlen strncasecmp strncat "
    "strncmp strncpy strndup strnlen strpbrk strptime strrchr strsep strsignal "
    "strspn strstr strtod strtof strtoimax strtok strtok_r strtol strtold "
    "strtoll strtoul strtoull strtoumax strverscmp strxfrm swab symlink sync "
    "syscall sysconf sysinfo syslog system tcgetattr tcsetattr tdelete tee "
    "telldir tempnam tfind time timegm times timezone tmpfile tmpnam toascii "
    "tolower toupper towlower towupper truncate tsearch ttyname twalk tzname "
    "tzset ualarm ulimit umask umount uname ungetc ungetwc unlink unlinkat "
    "unsetenv usleep ustat utime utimes valloc vasprintf vdprintf verr vfork "
    "vfprintf vfscanf vhangup vprintf vscanf vsnprintf vsprintf vsscanf "
    "vsyslog vwarn wait wait3 wait4 waitid waitpid warn warnx wcrtomb wcscat "
    "wcschr wcscmp wcscpy wcslen wcsncat wcsncmp wcsncpy wcsstr wcstod wcstol "
    "wcstombs wctob wctomb wctype wmemchr wmemcmp wmemcpy wmemmove wmemset "
    "wordexp wordfree wprintf write writev wscanf";

static void insertWords(llvm::StringSet<> &set, llvm::StringRef words) {
  llvm::SmallVector<llvm::StringRef, 0> list;
  words.split(list, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (llvm::StringRef word : list)
    set.insert(word);
}

static llvm::StringSet<> makeArgumentSet() {
  llvm::StringSet<> set;
  insertWords(set, keywords);
  insertWords(set, macrosAndTypes);
  return set;
}

static llvm::StringSet<> makeGlobalSet() {
  llvm::StringSet<> set = makeArgumentSet();
  insertWords(set, libraryFunctions);
  llvm::SmallVector<llvm::StringRef, 0> list;
  mathFunctions.split(list, ' ');
  for (llvm::StringRef word : list) {
    set.insert(word);
    set.insert((word + "f").str());
    set.insert((word + "l").str());
  }
  return set;
}

/// Leading underscores belong to compilers and libraries, kdsl_ to our own
/// runtime.
static bool hasReservedPrefix(llvm::StringRef name) {
  return name.starts_with("_") || name.starts_with("kdsl_") ||
         name.starts_with("KDSL_");
}

bool isReservedCName(llvm::StringRef name) {
  static const llvm::StringSet<> set = makeGlobalSet();
  // C++ keeps every name with two underscores in a row.
  return hasReservedPrefix(name) || name.contains("__") || set.contains(name);
}

bool isReservedCArgument(llvm::StringRef name) {
  static const llvm::StringSet<> set = makeArgumentSet();
  return hasReservedPrefix(name) || set.contains(name);
}

//===----------------------------------------------------------------------===//
// Names of one program
//===----------------------------------------------------------------------===//

std::string CNames::variant(llvm::StringRef target) const {
  std::string name = function + "_" + target.str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  return name;
}

namespace {
/// Gives out names that are new among the members of one struct.
class MemberNames {
public:
  MemberNames(llvm::StringRef function) {
    taken.insert("i_base");
    taken.insert("j_base");
    // The usage example has the function and the arguments in one scope.
    taken.insert(function);
  }

  std::string take(llvm::StringRef wanted, bool hasStrides) {
    std::string name = (hasReservedPrefix(wanted) ? "arg_" : "") + wanted.str();
    while (isReservedCArgument(name) || taken.contains(name) ||
           (hasStrides && taken.contains(name + "_stride")))
      name += "_";
    taken.insert(name);
    if (hasStrides)
      taken.insert(name + "_stride");
    return name;
  }

private:
  llvm::StringSet<> taken;
};
} // namespace

CNames computeCNames(const CheckedProgram &program, const Options &options) {
  CNames names;
  names.function = options.prefix + program.name;
  MemberNames members(names.function);
  for (const Axis &axis : program.axes)
    names.sizes.push_back(members.take(axis.name, /*hasStrides=*/false));
  for (const Input &input : program.inputs)
    names.inputs.push_back(
        members.take(input.name, !input.axes.empty() && !input.isRanges));
  for (const Output &output : program.outputs)
    names.outputs.push_back(members.take(output.name, !output.axes.empty()));
  return names;
}

//===----------------------------------------------------------------------===//
// Collisions
//===----------------------------------------------------------------------===//

static void refuseReserved(const CheckedProgram &program,
                           const std::string &name, DiagnosticEngine &diags) {
  Diagnostic &error = diags.error(
      Label::K042, program.range,
      "'" + name +
          "' is a name of C, C++ or their libraries and cannot be a "
          "function of the object");
  DiagnosticEngine::note(error, program.range,
                         "'--prefix=k_' would call it 'k_" + name + "'");
}

void checkCNames(const CheckedFile &file, const Options &options,
                 llvm::ArrayRef<std::string> targets, DiagnosticEngine &diags) {
  llvm::StringMap<const CheckedProgram *> owners;
  const CheckedProgram *before = nullptr;
  for (const CheckedProgram &program : file.programs) {
    bool isNextBody = before && before->name == program.name &&
                      before->declared == program.declared;
    before = &program;
    if (isNextBody)
      continue;
    CNames names = computeCNames(program, options);
    if (isReservedCName(names.function)) {
      refuseReserved(program, names.function, diags);
      continue;
    }
    std::vector<std::string> globals = {names.function, names.argsType(),
                                        names.fullCall(), names.workspace(),
                                        names.kernel()};
    for (const std::string &target : targets)
      globals.push_back(names.variant(target));
    for (const std::string &global : globals) {
      auto [owner, isNew] = owners.try_emplace(global, &program);
      if (isNew)
        continue;
      Diagnostic &error = diags.error(
          Label::K042, program.range,
          "programs '" + owner->second->declared + "' and '" +
              program.declared +
              "' both need the C name '" + global + "'; rename one of them");
      DiagnosticEngine::note(error, owner->second->range,
                             "'" + owner->second->declared +
                                 "' is declared here");
      break;
    }
  }
}

} // namespace kdslc
