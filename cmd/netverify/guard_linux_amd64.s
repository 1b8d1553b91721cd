#include "textflag.h"

// The first instruction of the program. See guard.go for what this is about.
//
// The linker takes this for the entry that package runtime has, too: of two
// symbols of one name that of which a DUPOK one is bigger, or first (loader.go:
// checkdup of cmd/link). TestGuard fails where that is no longer so.
//
// Nothing of Go runs yet: there is no stack but the kernel's, and SP has to be
// what it was when the runtime takes over. In SP: argc, argv, 0, environment, 0.

// The environment of processes that this program starts as parts of itself.
DATA marks<>+0(SB)/8, $"NETVERIF"
DATA marks<>+8(SB)/8, $"Y_IN_USE"
DATA marks<>+16(SB)/8, $"RNS=\x00NET"
DATA marks<>+24(SB)/8, $"VERIFY_E"
DATA marks<>+32(SB)/8, $"NTRY=\x00ne"
DATA marks<>+40(SB)/8, $"tverify_"
DATA marks<>+48(SB)/8, $"guest=\x00N"
DATA marks<>+56(SB)/8, $"ETVERIFY"
DATA marks<>+64(SB)/8, $"_ENDED=\x00"
DATA marks<>+72(SB)/8, $"\x00\x00\x00\x00\x00\x00\x00\x00"
GLOBL marks<>(SB), RODATA|NOPTR, $80

// What the process is started with that tells how the worker was killed.
DATA ended<>+0(SB)/8, $"NETVERIF"
DATA ended<>+8(SB)/8, $"Y_ENDED="
DATA ended<>+16(SB)/8, $"00\x00\x00\x00\x00\x00\x00"
GLOBL ended<>(SB), NOPTR, $24
GLOBL endedEnv<>(SB), NOPTR, $16 // one variable, and the 0 that ends them

DATA itself<>+0(SB)/8, $"/proc/se"
DATA itself<>+8(SB)/8, $"lf/exe\x00\x00"
GLOBL itself<>(SB), RODATA|NOPTR, $16

DATA killed<>+0(SB)/8, $"netverif"
DATA killed<>+8(SB)/8, $"y: kille"
DATA killed<>+16(SB)/8, $"d by a s"
DATA killed<>+24(SB)/8, $"ignal; w"
DATA killed<>+32(SB)/8, $"hat had "
DATA killed<>+40(SB)/8, $"ended le"
DATA killed<>+48(SB)/8, $"ft its e"
DATA killed<>+56(SB)/8, $"vidence\x0a"
GLOBL killed<>(SB), RODATA|NOPTR, $64

DATA unable<>+0(SB)/8, $"netverif"
DATA unable<>+8(SB)/8, $"y: no se"
DATA unable<>+16(SB)/8, $"cond pro"
DATA unable<>+24(SB)/8, $"cess can"
DATA unable<>+32(SB)/8, $" be star"
DATA unable<>+40(SB)/8, $"ted, whi"
DATA unable<>+48(SB)/8, $"ch would"
DATA unable<>+56(SB)/8, $" tell ho"
DATA unable<>+64(SB)/8, $"w this o"
DATA unable<>+72(SB)/8, $"ne ends\x0a"
GLOBL unable<>(SB), RODATA|NOPTR, $80

DATA flag<>+0(SB)/8, $"--bisect"
GLOBL flag<>(SB), RODATA|NOPTR, $8
DATA enter<>+0(SB)/8, $"enter\x00\x00\x00"
GLOBL enter<>(SB), RODATA|NOPTR, $8

// All signals but SIGCONT, SIGTSTP, SIGTTIN and SIGTTOU: a shell stops and
// continues both processes.
DATA signals<>+0(SB)/8, $0xffffffffffc5ffff
GLOBL signals<>(SB), RODATA|NOPTR, $8

GLOBL before<>(SB), NOPTR, $8 // the mask of signals that was found
GLOBL info<>(SB), NOPTR, $128 // siginfo_t
GLOBL status<>(SB), NOPTR, $8
GLOBL standard<>(SB), NOPTR, $32 // struct sigaction: SIG_DFL

#define SYS_rt_sigaction 13
#define SYS_rt_sigprocmask 14
#define SYS_getpid 39
#define SYS_fork 57
#define SYS_execve 59
#define SYS_write 1
#define SYS_wait4 61
#define SYS_kill 62
#define SYS_getppid 110
#define SYS_rt_sigtimedwait 128
#define SYS_sched_setscheduler 144
#define SYS_sched_getscheduler 145
#define SYS_prctl 157
#define SYS_exit_group 231

#define SIGKILL 9
#define SIGCHLD 17
#define SIG_BLOCK 0
#define SIG_SETMASK 2
#define PR_SET_PDEATHSIG 1
#define WNOHANG 1
#define SCHED_FIFO 1
#define SCHED_RR 2
#define SCHED_DEADLINE 6
#define EINTR 4
#define SI_KERNEL 0x80
#define SI_QUEUE -1
#define SIGLEAVE 64

TEXT _rt0_amd64_linux(SB),NOSPLIT|NOFRAME|DUPOK,$0
	MOVQ	0(SP), BX // argc
	CMPQ	BX, $1
	JL	plain

	// What `enter` ends with is the status of the user's command.
	XORQ	R13, R13 // 1: --bisect was given
	LEAQ	16(SP), R8 // &argv[1]
	MOVQ	(R8), SI
	TESTQ	SI, SI
	JZ	arguments // none
	LEAQ	enter<>(SB), DI
entering:
	MOVB	(DI), AX
	CMPB	AX, (SI)
	JNE	arguments
	INCQ	SI
	INCQ	DI
	TESTB	AX, AX
	JNZ	entering
	JMP	plain

arguments:
	MOVQ	(R8), SI
	ADDQ	$8, R8
	TESTQ	SI, SI
	JZ	environment
	LEAQ	flag<>(SB), DI
	MOVQ	$8, CX
same:
	MOVB	(DI), AX
	CMPB	AX, (SI)
	JNE	arguments
	INCQ	SI
	INCQ	DI
	DECQ	CX
	JNZ	same
	MOVB	(SI), AX
	TESTB	AX, AX
	JZ	bisect
	CMPB	AX, $'='
	JNE	arguments
	MOVB	1(SI), AX // of strconv.ParseBool: 0, f, F are false
	CMPB	AX, $'0'
	JEQ	arguments
	CMPB	AX, $'f'
	JEQ	arguments
	CMPB	AX, $'F'
	JEQ	arguments
bisect:
	MOVQ	$1, R13
	JMP	arguments

environment: // R8 is behind the 0 that ends argv
	MOVQ	(R8), DX
	ADDQ	$8, R8
	TESTQ	DX, DX
	JZ	guard
	LEAQ	marks<>(SB), DI
mark:
	MOVQ	DX, SI
letter:
	MOVB	(DI), AX
	TESTB	AX, AX
	JZ	plain // all of the mark
	CMPB	AX, (SI)
	JNE	next
	INCQ	SI
	INCQ	DI
	JMP	letter
next: // mark
	MOVB	(DI), AX
	INCQ	DI
	TESTB	AX, AX
	JNZ	next
	MOVB	(DI), AX
	TESTB	AX, AX
	JNZ	mark
	JMP	environment

guard:
	// A SIGCHLD that is ignored would not come, and no status either.
	MOVQ	$SIGCHLD, DI
	LEAQ	standard<>(SB), SI
	XORQ	DX, DX
	MOVQ	$8, R10
	MOVQ	$SYS_rt_sigaction, AX
	SYSCALL
	// Of real-time scheduling the kernel's threads that deliver frames would get
	// nothing (sched(7)); both processes and all of their threads inherit this.
	XORQ	DI, DI
	MOVQ	$SYS_sched_getscheduler, AX
	SYSCALL
	TESTQ	AX, AX
	JS	ordinary
	ANDL	$0xff, AX // without SCHED_RESET_ON_FORK
	CMPL	AX, $SCHED_FIFO
	JEQ	demote
	CMPL	AX, $SCHED_RR
	JEQ	demote
	CMPL	AX, $SCHED_DEADLINE
	JNE	ordinary
demote:
	XORQ	DI, DI
	XORQ	SI, SI // SCHED_OTHER
	LEAQ	standard<>(SB), DX // struct sched_param: 0
	MOVQ	$SYS_sched_setscheduler, AX
	SYSCALL
	MOVB	$1, ·demoted(SB)
ordinary:
	MOVQ	$SIG_BLOCK, DI
	LEAQ	signals<>(SB), SI
	LEAQ	before<>(SB), DX
	MOVQ	$8, R10
	MOVQ	$SYS_rt_sigprocmask, AX
	SYSCALL
	MOVQ	$SYS_getpid, AX
	SYSCALL
	MOVQ	AX, R14
	MOVQ	$SYS_fork, AX
	SYSCALL
	TESTQ	AX, AX
	JZ	worker
	JS	unable
	MOVQ	AX, R12 // the worker

wait:
	LEAQ	signals<>(SB), DI
	LEAQ	info<>(SB), SI
	XORQ	DX, DX
	MOVQ	$8, R10
	MOVQ	$SYS_rt_sigtimedwait, AX
	SYSCALL
	TESTQ	AX, AX
	JS	wait // EINTR: stopped and continued
	CMPQ	AX, $SIGCHLD
	JEQ	reap
	MOVL	info<>+8(SB), CX // si_code
	CMPL	CX, $SI_KERNEL
	JEQ	wait // of the terminal: the worker got it, too
	CMPQ	AX, $SIGLEAVE
	JNE	pass
	CMPL	CX, $SI_QUEUE
	JNE	pass
	MOVL	info<>+16(SB), CX // si_pid
	CMPL	CX, R12
	JNE	pass
	MOVL	info<>+24(SB), DI // si_value: the worker's status
	JMP	chosen
pass:
	MOVQ	R12, DI
	MOVQ	AX, SI
	MOVQ	$SYS_kill, AX
	SYSCALL
	JMP	wait

reap:
	MOVQ	R12, DI
	LEAQ	status<>(SB), SI
	MOVQ	$WNOHANG, DX
	XORQ	R10, R10
	MOVQ	$SYS_wait4, AX
	SYSCALL
	CMPQ	AX, R12
	JNE	wait // it was stopped, or continued

	MOVL	status<>(SB), AX
	MOVL	AX, DI
	ANDL	$0x7f, AX
	JZ	exited
	MOVQ	AX, R14
	JMP	tell
exited:
	SHRL	$8, DI
chosen:
	ANDL	$0xff, DI
	TESTQ	R13, R13
	JNZ	bisected
	CMPL	DI, $64 // exitUsage
	JEQ	usage
	CMPL	DI, $2 // the runtime's
	JNE	end
	MOVL	$3, DI
	JMP	end
usage:
	MOVL	$2, DI
	JMP	end

bisected: // git-bisect(1) takes 1 to 124, 126 and 127 for a bad commit
	CMPL	DI, $64
	JEQ	abort
	CMPL	DI, $1
	JLE	end
	CMPL	DI, $128
	JGE	end
	MOVL	$125, DI
	JMP	end
abort:
	MOVL	$128, DI
end:
	MOVQ	$SYS_exit_group, AX
	SYSCALL
	INT	$3

tell: // in R14 the signal. Words need Go, which may break again: another process.
	MOVQ	R14, AX
	XORQ	DX, DX
	MOVQ	$10, CX
	DIVQ	CX
	ADDB	AX, ended<>+16(SB)
	ADDB	DX, ended<>+17(SB)
	LEAQ	ended<>(SB), AX
	MOVQ	AX, endedEnv<>(SB)
	MOVQ	$SYS_fork, AX
	SYSCALL
	TESTQ	AX, AX
	JZ	teller
	JS	bare
	MOVQ	AX, R12
telling:
	MOVQ	R12, DI
	XORQ	SI, SI
	XORQ	DX, DX
	XORQ	R10, R10
	MOVQ	$SYS_wait4, AX
	SYSCALL
	CMPQ	AX, $-EINTR
	JEQ	telling
	JMP	killed
bare:
	MOVQ	$2, DI
	LEAQ	killed<>(SB), SI
	MOVQ	$64, DX
	MOVQ	$SYS_write, AX
	SYSCALL
killed:
	MOVQ	R14, DI
	ADDL	$128, DI
	JMP	end

teller:
	LEAQ	itself<>(SB), DI
	LEAQ	8(SP), SI // argv
	LEAQ	endedEnv<>(SB), DX
	MOVQ	$SYS_execve, AX
	SYSCALL
	JMP	bare

unable:
	MOVQ	$2, DI
	LEAQ	unable<>(SB), SI
	MOVQ	$80, DX
	MOVQ	$SYS_write, AX
	SYSCALL
	MOVL	$2, DI // as if the runtime had said so
	TESTQ	R13, R13
	JNZ	bisected
	MOVL	$3, DI
	JMP	end

worker:
	MOVQ	$PR_SET_PDEATHSIG, DI
	MOVQ	$SIGKILL, SI
	XORQ	DX, DX
	XORQ	R10, R10
	XORQ	R8, R8
	MOVQ	$SYS_prctl, AX
	SYSCALL
	MOVQ	$SYS_getppid, AX
	SYSCALL
	CMPQ	AX, R14
	JNE	orphan
	MOVQ	$SIG_SETMASK, DI
	LEAQ	before<>(SB), SI
	XORQ	DX, DX
	MOVQ	$8, R10
	MOVQ	$SYS_rt_sigprocmask, AX
	SYSCALL
	MOVB	$1, ·guarded(SB)
plain:
	JMP	_rt0_amd64(SB)

orphan: // the guard was killed meanwhile
	MOVL	$137, DI
	JMP	end
