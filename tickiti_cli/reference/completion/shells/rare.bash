# Functions that few TABs need, and the lines of the nouns.

# What each noun takes. Its name; its commands; the keys of what follows; then two lines for each
# key: the argument and the flags. A flag that takes a value has a = and the words that may stand
# there; a noun without verbs is a command itself. A group within a noun has > and its commands for
# an argument; spaces part arguments.
__tickiti_text() {
    text='@LINES@'
}

# $2 lines of that text, which begins behind line @FIRST@ of the file, from line $1 of the file on.
__tickiti_slice() {
    local text line from=$(($1 - @FIRST@)) count=$2
    __tickiti_text
    __tickiti_lines=()
    while ((count > 0)) && IFS= read -r line; do
        ((from-- > 0)) && continue
        __tickiti_lines+=("$line")
        ((count--))
    done <<<"$text"
}

# The words typed so far, the one under the cursor last. Bash breaks words at = and :, so that
# --output=json reaches a completion as three; what no space parts is put together again.
__tickiti_split() {
    local rest=${COMP_LINE:0:COMP_POINT} start word index
    words=()
    for ((index = 0; index <= COMP_CWORD; index++)); do
        start=${rest#"${rest%%[![:space:]]*}"}
        word=${COMP_WORDS[index]}
        ((index == COMP_CWORD)) && word=$start
        if ((index)) && [[ $rest == "$start" ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        rest=${start#"$word"}
    done
}

# -qo: only the last flag of a cluster can take the next word; after -oj nothing is awaited.
__tickiti_cluster() {
    local letters=$1
    while [[ $letters ]]; do
        if __tickiti_value "-${letters:0:1}"; then
            [[ ${#letters} == 1 ]] && awaited=-$letters
            return
        fi
        letters=${letters:1}
    done
}

# Reads config.toml into `profiles`, `aliases` and `owner`, the default profile. A key of TOML is
# bare, a literal in single quotes, or "with \" and \\".
__tickiti_config() {
    local folder=${TICKITI_CONFIG_DIR-} line key section="" default="^default_profile[ 	]*=[ 	]*(.+)"
    profiles=() aliases=() owner=""
    if [[ ! $folder && $OSTYPE == darwin* ]]; then
        folder="$HOME/Library/Application Support/tickiti"
    fi
    folder=${folder:-${XDG_CONFIG_HOME:-$HOME/.config}/tickiti}
    [[ -r $folder/config.toml ]] || return
    while IFS=" 	" read -r line || [[ $line ]]; do
        if [[ $line == \[* ]]; then
            section=$line
            __tickiti_key "^\\[profiles\\." "\\]" && profiles+=("$key")
        elif [[ $section == \[aliases\]* ]]; then
            __tickiti_key "^" "[ 	]*=" && aliases+=("$key")
        elif [[ ! $section && $line =~ $default ]]; then
            line=${BASH_REMATCH[1]}
            __tickiti_key "^" "([ 	]|\$)" && owner=$key
        fi
    done <"$folder/config.toml"
}

# Finds in `line` a key of TOML, or a text, between the patterns $1 and $2; sets `key`.
__tickiti_key() {
    local slash="\\" quote="\""
    local bare="$1([A-Za-z0-9_-]+)$2" literal="$1'([^']+)'$2" basic="$1\"(([^\"\\]|\\\\[\"\\])+)\"$2"
    if [[ $line =~ $bare || $line =~ $literal ]]; then
        key=${BASH_REMATCH[1]}
    elif [[ $line =~ $basic ]]; then
        key=${BASH_REMATCH[1]//"$slash$quote"/$quote}
        key=${key//"$slash$slash"/$slash}
    else
        return 1
    fi
}

# Sets `owner`, the folder of the names of the server that the command line would use: by its flags,
# the environment, the nearest project file of the user, or the default profile.
__tickiti_owner() {
    local index word next profile="" address="" folder=$PWD line key
    for ((index = 1; index < ${#words[@]} - 1; index++)); do
        word=${words[index]} next=${words[index + 1]}
        case $word in
            -p | -[qvny]*p | --profile) profile=$next ;;
            --profile=*) profile=${word#*=} ;;
            -p?*) profile=${word#-p} ;;
            --base-url) address=$next ;;
            --base-url=*) address=${word#*=} ;;
        esac
    done
    [[ $profile || $address ]] || address=${TICKITI_API_BASE-}
    [[ $profile || $address ]] || profile=${TICKITI_PROFILE-}
    if [[ ! $profile && ! $address ]]; then
        until [[ -f $folder/.tickiti.toml && -O $folder/.tickiti.toml || ! $folder ]]; do
            folder=${folder%/*}
        done
        line=${TICKITI_PROJECT_FILE-}
        __tickiti_project "${line:-$folder/.tickiti.toml}"
        profile=${profile:-$owner}
    fi
    __tickiti_plain "${profile:-$address}"
    [[ $profile ]] && owner=profile-$plain || owner=server-${plain%/}
    owner=${owner//%/%25}
    owner=${owner//\//%2F}
}

# The profile of a project file, in `profile`.
__tickiti_project() {
    local line key pattern="^profile[ 	]*=[ 	]*(.+)"
    [[ -r $1 && -f $1 ]] || return
    while IFS=" 	" read -r line || [[ $line ]]; do
        [[ $line == \[* ]] && return
        if [[ $line =~ $pattern ]]; then
            line=${BASH_REMATCH[1]}
            __tickiti_key "^" "([ 	]|\$)" && profile=$key
        fi
    done <"$1"
}

# The word $1 without its quotes, in `plain`.
__tickiti_plain() {
    plain=$1
    case $plain in
        "'"*"'") plain=${plain:1:${#plain}-2} ;;
        *) plain=${plain//\\/} plain=${plain#\"} plain=${plain%\"} ;;
    esac
}

# The names of the kind $1, in `names`. They come from a file that lists have written.
__tickiti_names() {
    local -a profiles aliases
    local owner plain folder
    __tickiti_config
    case $1 in
        profile) names=(${profiles[@]+"${profiles[@]}"}) ;;
        alias) names=(${aliases[@]+"${aliases[@]}"}) ;;
        *)
            folder=${TICKITI_CONFIG_DIR-}
            if [[ ! $folder && $OSTYPE == darwin* ]]; then
                folder=$HOME/Library/Caches/tickiti
            fi
            folder=${folder:-${XDG_CACHE_HOME:-$HOME/.cache}/tickiti}
            __tickiti_owner
            names=()
            [[ -r $folder/names/$owner/$1 ]] || return
            IFS=$'\n' read -r -d "" -a names <"$folder/names/$owner/$1"
            ;;
    esac
}

# Offer the names of $1, such as <queue>,@me, that begin with the word $2 as it was typed: quoted as
# it was begun, or by %q. Readline replaces the text after the last = or :, or from the last @ on.
__tickiti_offer_names() {
    local IFS=$' \t\n' name stem=$2 opened="" before="" lead="" offered breaks="" kind=${1%%>*}
    local -a names
    case $stem in
        \'* | \"*) opened=${stem:0:1} stem=${stem:1} ;;
    esac
    [[ $opened == "'" ]] || stem=${stem//\\/}
    [[ $current == --*=* && $COMP_WORDBREAKS != *=* ]] && lead=${current%%=*}=
    for name in : @ =; do
        [[ $COMP_WORDBREAKS == *$name* ]] && breaks+=$name
    done
    if [[ ! $opened && $breaks && $2 == *[$breaks]* ]]; then
        before=${2%"${2##*[$breaks]}"}
        before=${before%@}
    fi
    __tickiti_names "${kind#<}"
    IFS=,
    for name in ${names[@]+"${names[@]}"} ${1#*>}; do
        [[ $name && $name == "$stem"* ]] || continue
        case $opened in
            "'") [[ $name == *"'"* ]] && continue; offered=$name ;;
            \")
                offered=${name//\\/\\\\} offered=${offered//\"/\\\"}
                offered=${offered//\$/\\\$} offered=${offered//\`/\\\`}
                ;;
            *) printf -v offered %q "$name" ;;
        esac
        COMPREPLY+=("$lead${offered#"$before"}")
    done
}
